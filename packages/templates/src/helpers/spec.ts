/** Values for a helper's parameters as they are written in the template: known when it is compiled, or not (undefined). */
export interface Written {
  readonly params: readonly unknown[];
  readonly hash: Readonly<Record<string, unknown>>;
}

export interface Helper {
  /** How many parameters it takes. */
  readonly min: number;
  readonly max: number;
  /** The names that it knows, as in `locale="de"`. */
  readonly names?: readonly string[];
  /** Whether a missing parameter leaves the result without a meaning. The names are always optional. */
  readonly needs: boolean;
  /** As in `{{date value "long"}}`, for messages. */
  readonly usage: string;
  /** What is wrong with parameters that are written out. */
  readonly check?: (written: Written) => string | undefined;
  /** Takes any JSON value, and never throws but for a limit. Pure: the same result for the same values. */
  readonly run: (params: readonly unknown[], hash: Readonly<Record<string, unknown>>) => unknown;
}
