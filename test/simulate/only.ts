/** A part of a port: what the simulation does not have says so by its name when it is asked for. */
export function only<T extends object>(name: string, part: Partial<T>): T {
  return new Proxy(part, {
    get(target, key) {
      if (key in target) return target[key as keyof typeof target];
      // Asked of whatever is awaited.
      if (key === 'then') return undefined;
      throw new Error(`the simulated ${name} has no ${String(key)}: say in test/simulate what it does`);
    },
  }) as T;
}
