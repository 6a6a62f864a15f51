import { Outage } from '@herald/contracts';
import { translated } from './errors.ts';

export interface Guard {
  /** Every call of the store goes through here. Throws `Outage` when it has not ended in time. */
  run<T>(name: string, call: () => Promise<T>): Promise<T>;
  /** The repository with each of its methods run through the guard. */
  around<R extends object>(of: string, repository: R): R;
  /** Refuses calls from now on; resolves when those under way are over. */
  close(): Promise<void>;
}

export interface GuardOptions {
  /** Told of a call that the driver has forgotten. */
  readonly onForgotten?: ((name: string) => void) | undefined;
  /** Default 30,000: every command of a call has limits of its own, and this is more than several of them take. */
  readonly longestMs?: number;
}

/**
 * No call waits without an end, whatever the driver does: what it forgets would keep everything that is gathered behind
 * it from being written. A call that is given up may have been carried out, as one whose answer was lost.
 */
export function createGuard({ onForgotten, longestMs = 30_000 }: GuardOptions = {}): Guard {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function limited<T>(name: string, call: Promise<T>): Promise<T> {
    const forgotten = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      onForgotten?.(name);
      forgotten.reject(new Outage('unavailable', `MongoDB: ${name} did not end within ${longestMs} ms`));
    }, longestMs);
    try {
      return await Promise.race([call, forgotten.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function run<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (closed) throw new Outage('closed', 'the store is closed');
    const running = limited(name, call());
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
    around: <R extends object>(of: string, repository: R): R =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same methods, each with the same type
      Object.fromEntries(
        Object.entries(repository).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
          name,
          (...args: unknown[]) => run(`${of}.${name}`, () => method(...args)),
        ]),
      ) as R,
    close: async () => {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
