import { Outage, type Clock } from '@herald/contracts';
import type { RateGrant } from '@herald/store';

/** Leave to call a provider at a time: milliseconds since the epoch, by this process's clock. */
export interface RateSlot {
  readonly at: number;
}

/**
 * Holds one lane's messages to their share of a provider's rate. Slots are leased from the store for those that wait, a
 * second's worth at most, and pass with their time: whoever dies gives them back by that.
 */
export interface Pace {
  /**
   * Resolves a moment before the slot's time. Undefined: so many wait already that it is to be held. Throws `Outage`
   * when the process ends: the message was not begun.
   */
  take(): Promise<RateSlot | undefined>;
  /**
   * Resolves when the call may begin: at the slot's time, or, where that has passed, at that of another one, which is
   * served before all that wait. Undefined when the process ends.
   */
  due(slot: RateSlot | undefined): Promise<RateSlot | undefined>;
  /** The slot was not used. */
  giveBack(slot: RateSlot): void;
  waiting(): number;
}

export interface PaceDeps {
  readonly clock: Clock;
  /** Leases slots, as the store does; waits out its outages, and throws `Outage` when the process ends. */
  readonly lease: (count: number) => Promise<RateGrant>;
  /** So many may wait; the overflow is held. */
  readonly maxWaiting: number;
  /** Aborted when the process is about to end. */
  readonly ending: AbortSignal;
}

/** A slot is handed out so long before its time: what comes before the call is done in between. */
const EARLY_MS = 50;
/** A slot that is not used within this is not used at all: late calls would meet those of the next slots. */
const LATE_MS = 100;
/** The store's word on when slots begin is worth nothing when it was on the way for longer. */
const ANSWER_WITHIN_MS = 300;
/** Nothing is leased for farther ahead. */
const FARTHEST_MS = 2_000;
/** What was used in this time is leased ahead, so that a steady trickle is not one lease per message. */
const AHEAD_MS = 250;

interface Waiter {
  resolve(slot: RateSlot): void;
  reject(): void;
}

export function createPace({ clock, lease, maxWaiting, ending }: PaceDeps): Pace {
  const waiting: Waiter[] = [];
  /** Ascending. */
  let stock: number[] = [];
  /** Handed out, and neither used nor given back. */
  const handed = new Set<RateSlot>();
  let used: number[] = [];
  let serving = false;

  const inStock = (): number | undefined => {
    const now = clock.now();
    while (stock[0] !== undefined && stock[0] + LATE_MS < now) stock.shift();
    // The clock stepped back: nothing is leased for so far ahead.
    if (stock[0] !== undefined && stock[0] - now > FARTHEST_MS) stock = [];
    return stock[0];
  };

  async function restock(): Promise<void> {
    const asked = clock.now();
    used = used.filter((at) => asked - at < AHEAD_MS);
    const { slots, againInMs } = await lease(waiting.length + used.length);
    const answered = clock.now();
    if (answered - asked <= ANSWER_WITHIN_MS) {
      stock = [...stock, ...slots.map((inMs) => answered + inMs)].toSorted((a, b) => a - b);
    }
    if (inStock() === undefined) await clock.sleep(Math.max(1, againInMs), ending);
  }

  async function serve(): Promise<void> {
    serving = true;
    try {
      while (waiting.length > 0 && !ending.aborted) {
        const next = inStock();
        if (next === undefined) await restock();
        else if (next - EARLY_MS > clock.now()) await clock.sleep(next - EARLY_MS - clock.now(), ending);
        else {
          stock.shift();
          used.push(next);
          const slot = { at: next };
          handed.add(slot);
          waiting.shift()?.resolve(slot);
        }
      }
    } catch {
      // The store is gone for good: whoever waits comes again.
      for (const waiter of waiting.splice(0)) waiter.reject();
    } finally {
      serving = false;
    }
    if (ending.aborted) for (const waiter of waiting.splice(0)) waiter.reject();
  }

  function enqueue(add: 'push' | 'unshift'): Promise<RateSlot> {
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(new Outage('closed', 'the process ends'));
      if (ending.aborted) return closed();
      waiting[add]({ resolve, reject: closed });
      if (!serving) void serve();
    });
  }

  return {
    async take() {
      return waiting.length >= maxWaiting ? undefined : enqueue('push');
    },
    async due(given) {
      let slot = given;
      try {
        for (;;) {
          slot ??= await enqueue('unshift');
          const inMs = slot.at - clock.now();
          if (inMs > 0 && inMs <= FARTHEST_MS) await clock.sleep(inMs, ending);
          if (ending.aborted) return undefined;
          const { at } = slot;
          handed.delete(slot);
          if (clock.now() <= at + LATE_MS) return slot;
          slot = undefined;
        }
      } catch {
        return undefined;
      }
    },
    giveBack(slot) {
      if (handed.delete(slot)) stock = [...stock, slot.at].toSorted((a, b) => a - b);
    },
    waiting: () => waiting.length,
  };
}
