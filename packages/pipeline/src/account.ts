import type { Outgoing, Provider, Reply } from '@herald/channels';
import type { Channel, Clock } from '@herald/contracts';
import { createSlots, type Slots } from './slots.ts';

/** A provider with what may be under way with it. */
export interface Account<C extends Channel> {
  readonly name: string;
  /** Held from the last checks on until the reply. */
  readonly claims: Slots;
  /** Held while the provider is called. */
  readonly calls: Slots;
  /** Calls the provider; whoever does holds a slot of `calls`. */
  send(outgoing: Outgoing<C>): Promise<Reply>;
}

/** While replies come this fast, a claim that waits behind others is called long before its lease ends. */
const FAST_MS = 100;
/** A provider that has not answered a call for so long is not fast any more, whatever it was before. */
const HANGS_MS = 1_000;
/** How many times the provider's capacity may be claimed while it is fast. */
const AHEAD = 4;
/** What one reply counts in the average. */
const WEIGHT = 0.1;

/**
 * Claims are made ahead of the calls, so that the provider has work while the ledger is written: in batches, for several
 * times as many as can be called at once. A provider that is slow, or was not heard of yet, gets as many as it can take.
 */
export function createAccount<C extends Channel>(provider: Provider<C>, clock: Clock): Account<C> {
  const { name, capacity } = provider;
  /** When each call that is under way began, the oldest first. */
  const underWay = new Set<{ readonly from: number }>();
  let replyMs = Number.POSITIVE_INFINITY;

  function isFast(): boolean {
    const [oldest] = underWay;
    return replyMs <= FAST_MS && (oldest === undefined || clock.now() - oldest.from <= HANGS_MS);
  }

  return {
    name,
    claims: createSlots(() => (isFast() ? AHEAD * capacity : capacity)),
    calls: createSlots(() => capacity),
    async send(outgoing) {
      const call = { from: clock.now() };
      underWay.add(call);
      try {
        return await provider.send(outgoing);
      } finally {
        underWay.delete(call);
        const took = clock.now() - call.from;
        replyMs = Number.isFinite(replyMs) ? replyMs + (took - replyMs) * WEIGHT : took;
      }
    },
  };
}
