import type { Provider } from '@herald/channels';
import type { Channel, Clock } from '@herald/contracts';
import { createSlots, type Slots } from './slots.ts';

/** A provider with what may be under way with it. */
export interface Account<C extends Channel> {
  readonly provider: Provider<C>;
  /** Held from the last checks on until the reply. */
  readonly claims: Slots;
  /** Runs one call of the provider when it has room for it. */
  call<T>(clock: Clock, call: () => Promise<T>): Promise<T>;
}

/** While replies come this fast, a claim that waits behind others is called long before its lease ends. */
const FAST_MS = 100;
/** How many times the provider's capacity may be claimed then. */
const AHEAD = 4;
/** What one reply counts in the average. */
const WEIGHT = 0.1;

/**
 * Claims are made ahead of the calls, so that the provider has work while the ledger is written: in batches, for several
 * times as many as can be called at once. A provider that is slow, or was not heard of yet, gets as many as it can take.
 */
export function createAccount<C extends Channel>(provider: Provider<C>): Account<C> {
  const { capacity } = provider;
  let replyMs = Number.POSITIVE_INFINITY;
  const calls = createSlots(() => capacity);
  return {
    provider,
    claims: createSlots(() => (replyMs <= FAST_MS ? AHEAD * capacity : capacity)),
    async call(clock, call) {
      await calls.acquire();
      const from = clock.now();
      try {
        return await call();
      } finally {
        const took = clock.now() - from;
        replyMs = Number.isFinite(replyMs) ? replyMs + (took - replyMs) * WEIGHT : took;
        calls.release();
      }
    },
  };
}
