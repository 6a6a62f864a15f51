export interface Check {
  readonly ok: boolean;
  /** Why not, in words that anybody may read. */
  readonly detail?: string;
}

export interface Health {
  set(check: string, ok: boolean, detail?: string): void;
  /** Ready to take work: something was checked, and no check is red. */
  ready(): { readonly ready: boolean; readonly checks: Readonly<Record<string, Check>> };
}

export function createHealth(): Health {
  const checks = new Map<string, Check>();
  return {
    set: (check, ok, detail) => {
      checks.set(check, detail === undefined ? { ok } : { ok, detail });
    },
    ready: () => ({
      ready: checks.size > 0 && [...checks.values()].every(({ ok }) => ok),
      checks: Object.fromEntries(checks),
    }),
  };
}
