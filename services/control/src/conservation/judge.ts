import { ladderTopic, messageIdOf, type FinalState, type Imbalance, type InFlight } from '@herald/contracts';
import { rungFor } from '@herald/pipeline';
import type { AttemptRecord, EndingEntry, RoundEntry, StoredExecution } from '@herald/store';

/** All that the store has of one message. */
export interface Evidence {
  readonly execution: StoredExecution;
  readonly index: number;
  readonly attempts: readonly AttemptRecord[];
  readonly rounds: readonly RoundEntry[];
  readonly endings: readonly EndingEntry[];
}

export interface Rules {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** So long after its deadline the sweeper ends what is open, and so long the index may be behind. */
  readonly graceMs: number;
  readonly ladderMs: readonly number[];
}

/** Where a message stands: final, on its way, without an end, or never accepted. */
export type Standing =
  | { readonly kind: 'final'; readonly state: FinalState }
  | { readonly kind: 'in-flight'; readonly state: InFlight['state']; readonly topic: string }
  | { readonly kind: 'no-ending' }
  | { readonly kind: 'unconfirmed' };

export interface Judgement {
  readonly standing: Standing;
  readonly imbalances: readonly Imbalance[];
  /** It ended a moment ago, and the index does not have it yet. */
  readonly notIndexed: boolean;
}

/** The sweeper comes once a second, and may have many to end. */
const SWEEP_MS = 10_000;

/** Holds what the ledger, the rounds and the index of endings say of a message against each other. */
export function judge(evidence: Evidence, rules: Rules): Judgement {
  const { execution, index, attempts, endings } = evidence;
  const messageId = messageIdOf(execution.executionId, index);
  const imbalances: Imbalance[] = [];
  const accuse = (problem: Imbalance['problem'], round: number, detail?: string): void =>
    void imbalances.push({
      problem,
      messageId,
      round,
      acceptedAt: new Date(execution.acceptedAt).toISOString(),
      ...(detail === undefined ? {} : { detail }),
    });

  // A call that was never confirmed was never answered with 202: only what was claimed counts as accepted.
  if (!execution.confirmed && attempts.length === 0) {
    for (const ending of endings) accuse('not-accepted', ending.round, `index ${endOf(ending)}`);
    return { standing: { kind: 'unconfirmed' }, imbalances, notIndexed: false };
  }
  judgeRounds(attempts, accuse);
  const notIndexed = judgeIndex(evidence, rules, accuse);
  const standing = standingOf(evidence, rules, accuse);
  return { standing, imbalances, notIndexed };
}

type Accuse = (problem: Imbalance['problem'], round: number, detail?: string) => void;

const endOf = ({ state, reason }: { readonly state: string; readonly reason: string }): string => `${state}/${reason}`;
const finalOf = ({ result }: AttemptRecord) => (result?.outcome.kind === 'final' ? result.outcome : undefined);
const groupByRound = (attempts: readonly AttemptRecord[]): Map<number, AttemptRecord[]> =>
  Map.groupBy(attempts, ({ claim }) => claim.round);

function judgeRounds(attempts: readonly AttemptRecord[], accuse: Accuse): void {
  for (const [round, tries] of groupByRound(attempts)) {
    const finals = tries.flatMap((attempt) => finalOf(attempt) ?? []);
    if (finals.length > 1) accuse('two-endings', round, finals.map(endOf).join(', '));
    else if (finals.length === 1 && finalOf(tries.at(-1) as AttemptRecord) === undefined) {
      accuse('two-endings', round, `attempts after ${finals.map(endOf).join()}`);
    }
    const open = tries.slice(0, -1).find(({ result }) => result === undefined);
    if (open !== undefined)
      accuse('open-claim', round, `attempt ${open.claim.attempt} has no result, and another began`);
  }
}

/** Returns whether the index lacks what ended a moment ago. */
function judgeIndex({ attempts, endings }: Evidence, { now, graceMs }: Rules, accuse: Accuse): boolean {
  const indexed = Map.groupBy(endings, ({ round }) => round);
  const ended = new Map(
    attempts.flatMap((attempt) => {
      const final = finalOf(attempt);
      return final === undefined ? [] : [[attempt.claim.round, { ...final, at: attempt.result?.at ?? 0 }] as const];
    }),
  );
  for (const [round, entries] of indexed) {
    const final = ended.get(round);
    const wrong = entries.filter((entry) => final === undefined || endOf(entry) !== endOf(final));
    const told = `index ${entries.map(endOf).join(', ')}; ledger ${final === undefined ? 'none' : endOf(final)}`;
    if (wrong.length > 0 || entries.length > 1) accuse('index-differs', round, told);
  }
  let notIndexed = false;
  for (const [round, final] of ended) {
    if (indexed.has(round)) continue;
    if (now - final.at > graceMs) accuse('index-missing', round, `ledger ${endOf(final)}`);
    else notIndexed = true;
  }
  return notIndexed;
}

function standingOf({ execution, attempts, rounds }: Evidence, rules: Rules, accuse: Accuse): Standing {
  const { lane, channel } = execution;
  const opened = rounds.at(-1);
  const round = Math.max(1, opened?.round ?? 1, attempts.at(-1)?.claim.round ?? 1);
  const last = attempts.findLast(({ claim }) => claim.round === round);
  const deadline = opened?.round === round ? opened.deadline : execution.deadline;
  const isOver = rules.now > deadline + rules.graceMs + SWEEP_MS;
  if (last === undefined) {
    if (!isOver) {
      return { kind: 'in-flight', state: 'accepted', topic: opened?.input.topic ?? `herald.${lane}.${channel}.*` };
    }
    accuse('no-ending', round, 'nobody claimed it');
    return { kind: 'no-ending' };
  }
  const { claim, takeovers, result } = last;
  if (result?.outcome.kind === 'final') return { kind: 'final', state: result.outcome.state };
  if (result === undefined) {
    const lease = claim.plan.kind === 'call' ? (takeovers.at(-1)?.leaseUntil ?? claim.plan.leaseUntil) : claim.at;
    if (!isOver || rules.now <= lease) {
      return { kind: 'in-flight', state: 'sending', topic: claim.input?.topic ?? `herald.${lane}.${channel}.*` };
    }
    accuse('open-claim', round, `attempt ${claim.attempt} of ${claim.stage}`);
    return { kind: 'no-ending' };
  }
  const { notBefore } = result.outcome;
  if (!isOver) {
    const topic = ladderTopic(lane, rungFor(Math.max(0, notBefore - result.at), rules.ladderMs));
    return { kind: 'in-flight', state: 'retrying', topic };
  }
  accuse('no-ending', round, `attempt ${claim.attempt} asked for another one`);
  return { kind: 'no-ending' };
}
