import { PROVIDER_NAMES } from './campaigns.ts';
import type { Random } from './random.ts';

/** What can go wrong with a call of the bus or the store, as probabilities per call. */
export interface CallFaults {
  /** `Outage`, and nothing happened. */
  readonly before: number;
  /** `Outage`, although it took effect, whole or in part. */
  readonly after: number;
  /** `Outage`, and it takes effect later, maybe after it was tried again. */
  readonly late: number;
}
export type Target = 'store' | 'bus';

/** For a while most calls of a port fail, for one process or for all. */
export interface OutageWindow {
  readonly target: Target;
  /** The place of the process in the cluster; undefined: all. */
  readonly process: number | undefined;
  readonly from: number;
  readonly to: number;
  /** Nothing at all gets through. */
  readonly whole?: true;
}

/** The provider's temper for a while: weights of what a call comes to. */
export interface ProviderMood {
  /** Undefined: all of them. */
  readonly provider: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly weights: ProviderWeights;
}
export interface ProviderWeights {
  readonly accept: number;
  readonly refuseForNow: number;
  /** It does not work itself: nothing is accepted. */
  readonly fail: number;
  readonly refuse: number;
  /** Accepted, and the connection broke before the answer. */
  readonly answerLost: number;
  /** Not accepted, and the connection broke after the last byte. */
  readonly requestLost: number;
  /** No answer before the provider's timeout; accepted after it. */
  readonly acceptLate: number;
  /** Never answered, never accepted. */
  readonly hang: number;
}

export type ProcessFault =
  /** Killed at a moment. */
  | { readonly kind: 'kill'; readonly at: number; readonly process: number }
  /** Killed at its nth call of a port from that moment on: before the call is made, or after it took effect. */
  | {
      readonly kind: 'kill-at-call';
      readonly at: number;
      readonly process: number;
      readonly calls: number;
      readonly phase: 'before' | 'after';
    }
  /** Asked to end, as by SIGTERM, and started again. */
  | { readonly kind: 'restart'; readonly at: number; readonly process: number }
  /** Does nothing for a while, and goes on as if nothing had been. */
  | { readonly kind: 'freeze'; readonly at: number; readonly process: number; readonly ms: number }
  | { readonly kind: 'clock-step'; readonly at: number; readonly process: number; readonly offset: number }
  /** Partitions change hands although every member is well. */
  | { readonly kind: 'rebalance'; readonly at: number };

/** Everything that goes wrong in one run, drawn from its seed before it begins. Times are milliseconds from the start. */
export interface Plan {
  readonly kinds: readonly string[];
  readonly topology: 'fused' | 'split';
  readonly workers: number;
  readonly partitions: number;
  /** How long the calls of a port take: up to this, in milliseconds. */
  readonly latencyMs: number;
  /** From here on everything works. */
  readonly healsAt: number;
  readonly calls: Readonly<Record<Target, CallFaults>>;
  readonly outages: readonly OutageWindow[];
  readonly moods: readonly ProviderMood[];
  readonly faults: readonly ProcessFault[];
  /** Clocks differ from the true time by up to this, in milliseconds. */
  readonly skewMs: number;
  /** Commits that fail, before or after they took effect. */
  readonly commitFaults: number;
  /** Of the records that are appended to the log, so many are gone again: what no log may do, and the sweeper is for. */
  readonly lostRecords: number;
}

/** The place of the process that sweeps. */
export const SWEEPER = 1;

const KINDS = [
  'call-faults',
  'outages',
  'moods',
  'kills',
  'kills-at-calls',
  'restarts',
  'freezes',
  'clocks',
  'rebalances',
  'commit-faults',
] as const;

export const CALM: ProviderWeights = {
  accept: 1,
  refuseForNow: 0,
  fail: 0,
  refuse: 0,
  answerLost: 0,
  requestLost: 0,
  acceptLate: 0,
  hang: 0,
};

/** Longer than the sweeper's grace: what it finds afterwards is late and not lost. */
const LOG_AWAY_MS = [95_000, 150_000] as const;

/** Each run has some kinds of faults and not others: everything at once hides what one of them alone would show. */
export function drawPlan(random: Random, loadMs: number): Plan {
  const calm = random.chance(0.05);
  const kinds = new Set<string>(calm ? [] : KINDS.filter(() => random.chance(0.45)));
  if (!calm && random.chance(0.05)) kinds.add('lost-records');
  if (!calm && random.chance(0.03)) kinds.add('log-away');
  const has = (kind: (typeof KINDS)[number] | 'lost-records' | 'log-away'): boolean => kinds.has(kind);
  const topology = random.pick(['fused', 'split'] as const);
  const workers = random.integer(1, 3);
  const away = random.between(loadMs / 2, loadMs);
  const logAway: OutageWindow[] = has('log-away')
    ? [{ target: 'bus', process: undefined, from: away, to: away + random.between(...LOG_AWAY_MS), whole: true }]
    : [];
  const healsAt = Math.max(loadMs * random.between(1, 2), ...logAway.map(({ to }) => to));
  const processes = topology === 'fused' ? workers + 2 : 2 * workers + 2;
  const moment = (): number => random.between(500, healsAt);
  const some = <T>(kind: Parameters<typeof has>[0], most: number, one: () => T): T[] =>
    has(kind) ? Array.from({ length: random.integer(1, most) }, one) : [];
  const rate = (): number => (random.chance(0.5) ? 0 : random.between(0, 0.08));
  const callFaults = (): CallFaults =>
    has('call-faults') ? { before: rate(), after: rate(), late: rate() } : { before: 0, after: 0, late: 0 };
  const process = (): number => random.integer(0, processes - 1);

  return {
    kinds: [...kinds],
    topology,
    workers,
    partitions: random.integer(1, 4),
    latencyMs: random.pick([1, 5, 20, 200]),
    healsAt,
    calls: { store: callFaults(), bus: callFaults() },
    outages: [
      ...logAway,
      ...some('outages', 3, () => {
        const from = moment();
        return {
          target: random.pick(['store', 'bus'] as const),
          process: random.chance(0.5) ? undefined : process(),
          from,
          to: from + random.between(200, 12_000),
        };
      }),
    ],
    moods: some('moods', 4, () => {
      const from = random.between(0, healsAt);
      const weight = (): number => (random.chance(0.5) ? 0 : random.next());
      return {
        provider: random.chance(0.3) ? undefined : random.pick(PROVIDER_NAMES),
        from,
        to: from + random.between(1_000, 15_000),
        weights: {
          // Now and then it does nothing but fail.
          accept: random.chance(0.2) ? 0.01 : 0.2 + random.next(),
          refuseForNow: weight(),
          fail: weight() * random.pick([1, 10]),
          refuse: weight() * 0.3,
          answerLost: weight(),
          requestLost: weight(),
          acceptLate: weight(),
          hang: weight(),
        },
      };
    }),
    faults: [
      ...some('kills', 5, () => ({ kind: 'kill' as const, at: moment(), process: process() })),
      ...some('kills-at-calls', 8, () => ({
        kind: 'kill-at-call' as const,
        at: moment(),
        process: process(),
        calls: random.integer(1, 40),
        phase: random.pick(['before', 'after'] as const),
      })),
      ...some('restarts', 3, () => ({ kind: 'restart' as const, at: moment(), process: process() })),
      ...some('freezes', 4, () => ({
        kind: 'freeze' as const,
        at: moment(),
        process: process(),
        ms: random.between(100, 15_000),
      })),
      ...some('clocks', 6, () => ({
        kind: 'clock-step' as const,
        at: moment(),
        process: process(),
        offset: random.between(-500, 500),
      })),
      // What was lost is found long after the troubles: that is when its finder may die.
      ...some('lost-records', 4, () => ({
        kind: 'kill-at-call' as const,
        at: random.between(95_000, 185_000),
        process: SWEEPER,
        calls: random.integer(1, 12),
        phase: random.pick(['before', 'after'] as const),
      })),
      ...some('rebalances', 6, () => ({ kind: 'rebalance' as const, at: moment() })),
    ],
    skewMs: has('clocks') ? 500 : 0,
    commitFaults: has('commit-faults') ? random.between(0.05, 0.5) : 0,
    lostRecords: has('lost-records') ? random.between(0.002, 0.01) : 0,
  };
}
