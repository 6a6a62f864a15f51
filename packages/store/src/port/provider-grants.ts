import type { Lane } from '@herald/contracts';

/** What workers share of one provider: every request says the whole limit, and how much of it is kept for `transactional`. */
interface Shared {
  readonly provider: string;
  readonly lane: Lane;
  /** The part of the limit that only `transactional` may use, from 0 to less than 1. */
  readonly reservedShare: number;
}

export interface RateRequest extends Shared {
  /** Messages per second, more than 0. */
  readonly perSecond: number;
  /** Slots that are wanted. */
  readonly count: number;
}
export interface RateGrant {
  /** When each slot is, in milliseconds after the store's answer was made; ascending, none later than a second. */
  readonly slots: readonly number[];
  /** Where there are fewer than wanted: asking again before so many milliseconds brings nothing. */
  readonly againInMs: number;
}

export interface ConnectionRequest extends Shared {
  /** Who asks: one process, lane and provider; unique. */
  readonly holder: string;
  /** Connections, more than 0. */
  readonly limit: number;
  /** How many it has open; these it keeps in any case. */
  readonly open: number;
  /** How many it wants in all; none, and none open: it is forgotten. */
  readonly want: number;
}
export interface ConnectionGrant {
  /** How many it may have. */
  readonly held: number;
  /** How many it is to come down to, since others want some. */
  readonly target: number;
  /** So long: after that it holds none. Milliseconds. */
  readonly forMs: number;
}

/**
 * Leases of what providers take, for all workers of an installation, by the store's own clock. Each runs out by itself,
 * so whoever dies gives back what it had.
 */
export interface ProviderGrantRepository {
  /**
   * Slots to call providers in. All that are leased of one provider, by whomever, lie apart by its rate: over any second
   * there are no more than the rate and one, and one more where some of the rate is reserved. `transactional` takes
   * from its reserve too, and looks a second ahead where `marketing` looks a quarter of one: while it wants all, it gets
   * all.
   */
  leaseRate(requests: readonly RateRequest[]): Promise<RateGrant[]>;
  /** Never more than the limit over all holders, but for what they have open already; each request renews its lease. */
  leaseConnections(requests: readonly ConnectionRequest[]): Promise<ConnectionGrant[]>;
}
