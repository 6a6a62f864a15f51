import { failedItself, type Outgoing, type Provider, type Reply } from '@herald/channels';
import type { Channel, Clock } from '@herald/contracts';
import type { ConnectionGrant } from '@herald/store';
import type { Circuit, Pass } from './circuit.ts';
import type { Pace } from './pace.ts';
import { createPermits, type Permits } from './permits.ts';
import { createServers, type Visit } from './servers.ts';
import { createSlots, type Slots } from './slots.ts';

/** What a provider's accounts of one process and lane are held to. */
export interface Controls {
  readonly circuit: Circuit;
  /** Absent: as many messages as it takes. */
  readonly pace?: Pace | undefined;
  /** Leases connections, out of those that all workers share. Absent: as many as the provider has. */
  readonly leaseConnections?:
    ((asked: { readonly open: number; readonly want: number }) => Promise<ConnectionGrant>) | undefined;
}

/** A provider with what may be under way with it. */
export interface Account<C extends Channel> {
  readonly name: string;
  readonly circuit: Circuit;
  readonly pace: Pace | undefined;
  /** Held from the last checks on until the reply. */
  readonly claims: Slots;
  /** Held while the provider is called. */
  readonly calls: Slots;
  /** A stay with the server that the address names; undefined when that one has its share of the connections. */
  visit(address: string): Visit | undefined;
  /** Calls the provider, and tells the circuit what came of it; whoever does holds a slot of `calls`. */
  send(
    outgoing: Outgoing<C>,
    pass: Pass | undefined,
    visit?: Visit,
  ): Promise<{ readonly reply: Reply; readonly failed: boolean }>;
  close(): Promise<void>;
}

/** Of a provider that is one server. */
const NO_VISIT: Visit = { good: () => true, call: () => () => undefined, leave: () => undefined };

const inTurn = (slots: Slots): number => slots.taken() + slots.waiting();

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
export function createAccount<C extends Channel>(
  provider: Provider<C>,
  clock: Clock,
  { circuit, pace, leaseConnections }: Controls,
): Account<C> {
  const { name } = provider;
  /** When each call that is under way began, the oldest first. */
  const underWay = new Set<{ readonly from: number }>();
  let replyMs = Number.POSITIVE_INFINITY;
  let permits: Permits | undefined;

  function isFast(): boolean {
    const [oldest] = underWay;
    return replyMs <= FAST_MS && (oldest === undefined || clock.now() - oldest.from <= HANGS_MS);
  }
  const servers = provider.serverOf && createServers(provider.capacity, clock);
  const capacity = (): number =>
    permits === undefined ? provider.capacity : Math.min(provider.capacity, permits.held());
  const need = (): void => permits?.need();
  const claims = createSlots(() => (isFast() ? AHEAD * capacity() : capacity()), need);
  const calls = createSlots(capacity, need);

  if (leaseConnections !== undefined) {
    permits = createPermits({
      clock,
      lease: leaseConnections,
      open: () => Math.max(calls.taken(), provider.connections?.open() ?? 0),
      // A claim that was taken over is called for without a slot of `claims` here.
      want: () => Math.min(provider.capacity, Math.max(inTurn(claims), inTurn(calls))),
      onGrant(target) {
        provider.connections?.limit(Math.max(target, calls.taken()));
        claims.recount();
        calls.recount();
      },
    });
  }

  return {
    name,
    circuit,
    pace,
    claims,
    calls,
    visit(address) {
      const server = provider.serverOf?.(address);
      return servers === undefined || server === undefined ? NO_VISIT : servers.enter(server);
    },
    async send(outgoing, pass, visit = NO_VISIT) {
      const call = { from: clock.now() };
      const over = visit.call();
      underWay.add(call);
      try {
        const reply = await provider.send(outgoing);
        const failed = failedItself(provider, reply);
        if (failed !== undefined) pass?.report(!failed);
        return { reply, failed: failed === true };
      } finally {
        over();
        underWay.delete(call);
        const took = clock.now() - call.from;
        replyMs = Number.isFinite(replyMs) ? replyMs + (took - replyMs) * WEIGHT : took;
      }
    },
    async close() {
      await permits?.close();
    },
  };
}
