import { isOutage, type Clock } from '@herald/contracts';

/**
 * Waits out the outages of the bus and the store. While one lasts, whoever depends on it stops taking on work; the
 * work in hand is tried again until it goes through or the process shuts down.
 */
export interface Patience {
  /** Runs `call` until it does not throw `Outage`. After `giveUp` the outage is thrown on. */
  persist<T>(call: () => Promise<T>): Promise<T>;
  /** True while at least one call is waiting for a dependency to come back. */
  readonly waiting: boolean;
  /** Told when `waiting` changes. */
  onChange(listener: (waiting: boolean) => void): void;
  /** On shutdown: outages are not waited for any more. What was not acknowledged comes again. */
  giveUp(): void;
  /** The process is about to end: what waits for a provider's rate, and is not begun, is left to come again. */
  hurry(): void;
  /** Aborted by `hurry`. */
  readonly hurried: AbortSignal;
}

const PAUSE_MS = 250;

export function createPatience(clock: Clock): Patience {
  const listeners: ((waiting: boolean) => void)[] = [];
  const gaveUp = new AbortController();
  const hurried = new AbortController();
  let waiting = 0;

  const change = (by: 1 | -1): void => {
    const before = waiting > 0;
    waiting += by;
    if (waiting > 0 !== before) for (const listener of listeners) listener(waiting > 0);
  };

  return {
    async persist(call) {
      let counted = false;
      try {
        for (;;) {
          try {
            return await call();
          } catch (error) {
            if (!isOutage(error) || error.code === 'closed' || gaveUp.signal.aborted) throw error;
          }
          if (!counted) change(1);
          counted = true;
          await clock.sleep(PAUSE_MS, gaveUp.signal);
        }
      } finally {
        if (counted) change(-1);
      }
    },
    get waiting() {
      return waiting > 0;
    },
    onChange(listener) {
      listeners.push(listener);
    },
    giveUp() {
      gaveUp.abort();
    },
    hurry() {
      hurried.abort();
    },
    hurried: hurried.signal,
  };
}
