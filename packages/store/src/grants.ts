import type { Lane } from '@herald/contracts';
import type { ConnectionGrant, ConnectionRequest, RateGrant, RateRequest } from './port.ts';

interface Holder {
  readonly lane: Lane;
  readonly held: number;
  /** It wants more than it holds. */
  readonly short: boolean;
  /** When its lease is over. */
  readonly until: number;
}
/** What is leased of one provider; times are milliseconds by the store's clock. */
export interface GrantState {
  /** When the next free slot is: of everybody's part of the rate, and of the reserve. */
  readonly next: { readonly shared: number; readonly reserved: number };
  readonly holders: Readonly<Record<string, Holder>>;
}
export const NO_GRANTS: GrantState = { next: { shared: 0, reserved: 0 }, holders: {} };

/** How far ahead slots are leased. */
const AHEAD_MS = { transactional: 1_000, marketing: 250 } as const;
/** So long connections are leased; they are renewed every second. */
export const CONNECTION_LEASE_MS = 3_000;

/** The state after a lease, and the lease. */
export function leaseRate(
  state: GrantState,
  { lane, perSecond, reservedShare, count }: RateRequest,
  now: number,
): readonly [GrantState, RateGrant] {
  const part = { shared: perSecond * (1 - reservedShare), reserved: perSecond * reservedShare };
  const pools = (lane === 'transactional' ? (['shared', 'reserved'] as const) : (['shared'] as const)).filter(
    (pool) => part[pool] > 0,
  );
  const next = { ...state.next };
  for (const pool of pools) {
    // Far ahead: the store's clock has stepped back since.
    const isAhead = next[pool] > now + AHEAD_MS.transactional + 1_000 / part[pool];
    next[pool] = isAhead ? now + 1_000 / part[pool] : Math.max(next[pool], now);
  }
  const until = now + AHEAD_MS[lane];
  const slots: number[] = [];
  const first = (): (typeof pools)[number] | undefined => pools.toSorted((a, b) => next[a] - next[b])[0];
  for (let pool = first(); pool !== undefined; pool = first()) {
    if (slots.length >= count || next[pool] > until) break;
    slots.push(next[pool] - now);
    next[pool] += 1_000 / part[pool];
  }
  const earliest = Math.min(...pools.map((pool) => next[pool]));
  const againInMs = slots.length >= count ? 0 : Math.max(1, Math.ceil(earliest - until));
  return [
    { ...state, next },
    { slots, againInMs: Number.isFinite(againInMs) ? againInMs : AHEAD_MS.transactional },
  ];
}

/** The state after a lease, and the lease. */
export function leaseConnections(
  state: GrantState,
  { holder, lane, limit, reservedShare, open, want }: ConnectionRequest,
  now: number,
): readonly [GrantState, ConnectionGrant] {
  // What lasts for longer than a lease was granted by a clock that has been set back.
  const others = Object.entries(state.holders).filter(
    ([id, { until }]) => id !== holder && until > now && until <= now + CONNECTION_LEASE_MS,
  );
  const heldBy = (lanes: readonly Lane[]): number =>
    others.reduce((sum, [, one]) => sum + (lanes.includes(one.lane) ? one.held : 0), 0);
  const reserved = Math.min(limit - 1, Math.ceil(limit * reservedShare));
  const isMarketing = lane === 'marketing';
  const most = isMarketing ? limit - reserved : limit;
  const room = Math.min(
    limit - heldBy(['transactional', 'marketing']),
    isMarketing ? most - heldBy(['marketing']) : Infinity,
  );
  const wanting = others.filter(([, one]) => one.held > 0 || one.short);
  const fair = Math.floor(most / (wanting.length + 1));
  // Somebody of the transactional lane who has none goes before marketing.
  const least = isMarketing && others.some(([, one]) => one.lane === 'transactional' && one.short) ? 0 : 1;
  const isContested = others.some(([, one]) => one.short);
  const target = isContested ? Math.min(want, Math.max(least, fair)) : want;
  const held = Math.max(open, Math.min(target, Math.max(0, room)));
  const mine: Holder = { lane, held, short: held < want && held < Math.max(1, fair), until: now + CONNECTION_LEASE_MS };
  const holders = Object.fromEntries(want === 0 && open === 0 ? others : [...others, [holder, mine] as const]);
  return [
    { ...state, holders },
    { held, target, forMs: CONNECTION_LEASE_MS },
  ];
}
