import { Outage } from '@herald/contracts';
import { translated } from './errors.ts';

export interface Guard {
  /** Every call of the store goes through here. */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** The repository with each of its methods run through the guard. */
  around<R extends object>(repository: R): R;
  /** Refuses calls from now on; resolves when those under way are over. */
  close(): Promise<void>;
}

export function createGuard(): Guard {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function run<T>(call: () => Promise<T>): Promise<T> {
    if (closed) throw new Outage('closed', 'the store is closed');
    const running = call();
    underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw translated(error);
    } finally {
      underWay.delete(running);
    }
  }

  return {
    run,
    around: <R extends object>(repository: R): R =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same methods, each with the same type
      Object.fromEntries(
        Object.entries(repository).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
          name,
          (...args: unknown[]) => run(() => method(...args)),
        ]),
      ) as R,
    close: async () => {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
