/**
 * Thrown by any call of the bus or the store that could not be carried out now. Whether it took effect is unknown
 * unless the code is `full`. Callers wait and try again, or answer 503; it never means that the input was wrong.
 */
export class Outage extends Error {
  override readonly name = 'Outage';
  readonly code: 'full' | 'unavailable' | 'closed';

  constructor(code: Outage['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const isOutage = (error: unknown): error is Outage => error instanceof Outage;

/**
 * Thrown at a start that finds something other than the configuration says: a topic that is weaker, an index that is
 * missing, a secret that is not there. Its message is for the operator and names the setting; waiting does not help.
 */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured';
}
