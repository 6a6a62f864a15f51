import type { BusRecord, NewRecord } from '@herald/bus';
import {
  executionIdOf,
  ladderTopic,
  type DeadLetter,
  type Lane,
  type Position,
  type Resolution,
  type Tenant,
} from '@herald/contracts';
import { rungFor } from '@herald/pipeline';
import { refuse, type Refusal } from '@herald/service-kit';
import type { AttemptRecord, RoundEntry, StoredExecution } from '@herald/store';
import { missing, type ControlDeps } from './rest.ts';

/** Who wants a message tried again, and how. */
export interface ReplayOrder {
  readonly by: string;
  readonly note?: string | undefined;
  /** Milliseconds from when it begins; absent: the deadline stays. */
  readonly timeToLiveMs?: number | undefined;
  readonly acceptDoubling?: boolean | undefined;
  /** Not before this time, milliseconds since the epoch. */
  readonly notBefore?: number | undefined;
}
export interface Replayed {
  readonly messageId: string;
  readonly round: number;
  readonly deadline: number;
  readonly notBefore?: number;
}
export type ReplayAnswer =
  | { readonly kind: 'replayed'; readonly replayed: Replayed }
  | Refusal<'not-found' | 'not-replayable' | 'may-double' | 'record-gone'>;

interface History {
  readonly execution: StoredExecution;
  readonly attempts: readonly AttemptRecord[];
  readonly rounds: readonly RoundEntry[];
}

export interface Replays {
  letter(tenant: Tenant, letter: DeadLetter, order: ReplayOrder): Promise<ReplayAnswer>;
  message(tenant: Tenant, messageId: string, order: ReplayOrder): Promise<ReplayAnswer>;
}

/** What the ledger says of a call that may have reached its recipient without anybody having seen the answer. */
const UNSEEN = new Set(['outcome-unknown', 'lost']);
const WORK_TOPIC = /^herald\.(transactional|marketing)\.[a-z]+\.(?:requested|resolved|rendered)$/;

/**
 * Opens a further round of a message that was given up, in an order in which nothing can be doubled: the letter is marked,
 * the round is inserted into the ledger, and then its record is published again, unchanged but for its headers. Each step
 * is decided by an insert that one caller wins; whoever repeats it, or lost, carries out what is stored, so a crash in
 * between is healed by asking again.
 */
export function createReplays({ store, bus, pipeline, runtime }: ControlDeps): Replays {
  async function historyOf(tenant: Tenant, messageId: string): Promise<History | undefined> {
    const [execution, [attempts = []], [rounds = []]] = await Promise.all([
      store.executions.get(tenant, executionIdOf(messageId)),
      store.ledger.messages([messageId]),
      store.ledger.rounds([messageId]),
    ]);
    return execution && { execution, attempts, rounds };
  }

  async function letter(tenant: Tenant, found: DeadLetter, order: ReplayOrder): Promise<ReplayAnswer> {
    const { id, messageId, position, resolution } = found;
    if (messageId === undefined) return never('it was not readable as a message');
    const history = await historyOf(tenant, messageId);
    if (history === undefined) return never('its execution is out of retention');
    if (resolution !== undefined) return followed(tenant, messageId, history, resolution, position);
    const refused = refusalOf(history, order);
    if (refused !== undefined) return refused;
    const record = await recordAt(position);
    if (record === undefined) return gone();
    const number = newestRound(history);
    if (id !== `${messageId}/${number}`) return never('a later round of the message exists');
    const plan = planOf(tenant, messageId, number + 1, record, position, order);
    if ('problem' in plan) return plan;
    const { at, by, note, round, deadline, notBefore } = plan;
    const mark: Resolution = {
      kind: 'replayed',
      at,
      by,
      round,
      deadline,
      ...(note && { note }),
      ...(notBefore && { notBefore }),
    };
    const marked = await store.deadLetters.resolve(tenant, id, mark);
    if (marked?.resolution === undefined) return missing('dead letter');
    return followed(tenant, messageId, history, marked.resolution, position);
  }

  /** Carries out what a letter was resolved to. */
  async function followed(
    tenant: Tenant,
    messageId: string,
    history: History,
    { kind, at, by, note, round, deadline, notBefore }: Resolution,
    input: Position,
  ): Promise<ReplayAnswer> {
    if (kind === 'discarded' || round === undefined || deadline === undefined) return never('it was discarded');
    const { org, sandbox } = tenant;
    const more = { ...(note !== undefined && { note }), ...(notBefore !== undefined && { notBefore }) };
    return open({ org, sandbox, messageId, round, at, by, deadline, input, ...more }, history);
  }

  async function message(tenant: Tenant, messageId: string, order: ReplayOrder): Promise<ReplayAnswer> {
    const history = await historyOf(tenant, messageId);
    if (history === undefined) return missing('message');
    const { attempts, rounds } = history;
    const number = newestRound(history);
    const pending = rounds.find(({ round }) => round === number);
    // Somebody opened a round that nothing began yet: it is published again, in case it never was.
    if (pending !== undefined && attempts.at(-1)?.claim.round !== number) return publishRound(pending);
    const ending = attempts.at(-1)?.result?.outcome;
    if (ending?.kind === 'final' && ending.state === 'dead') {
      const found = await store.deadLetters.get(tenant, `${messageId}/${number}`);
      return found === undefined ? never('its dead letter is not listed yet') : letter(tenant, found, order);
    }
    if (ending?.kind !== 'final' || ending.state !== 'failed') {
      return never(
        `only what ended as failed or dead is replayed, and it is ${ending?.kind === 'final' ? ending.state : 'on its way'}`,
      );
    }
    const refused = refusalOf(history, order);
    if (refused !== undefined) return refused;
    const input = attempts.findLast(({ claim }) => claim.input !== undefined)?.claim.input;
    const record = input === undefined ? undefined : await recordAt(input);
    if (input === undefined || record === undefined) return gone();
    const plan = planOf(tenant, messageId, number + 1, record, input, order);
    return 'problem' in plan ? plan : open(plan, history);
  }

  /** What speaks against a further round, whatever its record says. */
  function refusalOf({ execution, attempts }: History, order: ReplayOrder): ReplayAnswer | undefined {
    const last = attempts.at(-1);
    if (last?.result?.outcome.kind !== 'final') return never('it has not ended');
    if (execution.cancelled !== undefined) return never('its call was cancelled');
    const unseen = attempts.some(
      ({ result, takeovers }) => takeovers.length > 0 || (result !== undefined && UNSEEN.has(result.outcome.reason)),
    );
    if (unseen && order.acceptDoubling !== true) return refuse('may-double');
    return undefined;
  }

  function planOf(
    { org, sandbox }: Tenant,
    messageId: string,
    round: number,
    record: BusRecord,
    input: Position,
    { by, note, timeToLiveMs, notBefore }: ReplayOrder,
  ): RoundEntry | Refusal<'not-replayable' | 'record-gone'> {
    if (record.headers['message-id'] !== messageId) return gone();
    if (!WORK_TOPIC.test(topicOf(record))) return never('it did not come from a stage');
    const at = runtime.clock.now();
    const begins = Math.max(at, notBefore ?? at);
    const deadline = timeToLiveMs === undefined ? Number(record.headers['deadline']) : begins + timeToLiveMs;
    // A round that cannot begin in time would only end as expired.
    if (!(begins < deadline)) return never('its deadline is over: say a `timeToLive`');
    const more = { ...(note !== undefined && { note }), ...(notBefore !== undefined && { notBefore }) };
    return { org, sandbox, messageId, round, at, by, deadline, input, ...more };
  }

  async function open(entry: RoundEntry, { attempts }: Pick<History, 'attempts'>): Promise<ReplayAnswer> {
    await store.ledger.openRounds([entry]);
    // Whoever was first decided its deadline.
    const [rounds = []] = await store.ledger.rounds([entry.messageId]);
    const stored = rounds.find(({ round }) => round === entry.round) ?? entry;
    const isBegun = attempts.some(({ claim }) => claim.round >= entry.round);
    return isBegun ? answer(stored) : publishRound(stored);
  }

  async function publishRound(entry: RoundEntry): Promise<ReplayAnswer> {
    const record = await recordAt(entry.input);
    if (record === undefined) return gone();
    await pipeline.publish(roundRecord(entry, record, pipeline.settings.ladderMs, runtime.clock.now()));
    return answer(entry);
  }

  async function recordAt(position: Position): Promise<BusRecord | undefined> {
    try {
      return await bus.read(position);
    } catch (error) {
      // A topic of an earlier configuration.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  return { letter, message };
}

const answer = ({ messageId, round, deadline, notBefore }: RoundEntry): ReplayAnswer => ({
  kind: 'replayed',
  replayed: { messageId, round, deadline, ...(notBefore !== undefined && { notBefore }) },
});

const never = (why: string): Refusal<'not-replayable'> => refuse('not-replayable', { detail: why });
const gone = (): Refusal<'record-gone'> => refuse('record-gone');

/** The newest round that there is, begun or not. */
const newestRound = ({ attempts, rounds }: Pick<History, 'attempts' | 'rounds'>): number =>
  Math.max(1, attempts.at(-1)?.claim.round ?? 1, rounds.at(-1)?.round ?? 1);

const topicOf = ({ topic, headers }: BusRecord): string =>
  topic === 'herald.dead' ? (headers['origin-topic'] ?? '') : topic;

const OF_THE_LAST_ROUND = ['not-before', 'rung', 'origin-topic', 'free-attempts', 'keeps-provider', 'left-provider'];

/** The record as it was, as the first attempt of its new round; on the ladder where its time has not come. */
function roundRecord(entry: RoundEntry, record: BusRecord, ladderMs: readonly number[], now: number): NewRecord {
  const topic = topicOf(record);
  const kept = Object.entries(record.headers).filter(
    ([name]) => !name.startsWith('dead-') && !OF_THE_LAST_ROUND.includes(name),
  );
  const headers = {
    ...Object.fromEntries(kept),
    round: String(entry.round),
    attempt: '1',
    deadline: String(entry.deadline),
  };
  const { key, value } = record;
  const waitMs = (entry.notBefore ?? now) - now;
  if (waitMs < (ladderMs[0] ?? 0) / 2) return { topic, key, value, headers };
  const lane = WORK_TOPIC.exec(topic)?.[1] as Lane;
  const waiting = { 'not-before': String(entry.notBefore), rung: '0', 'origin-topic': topic };
  return { topic: ladderTopic(lane, rungFor(waitMs, ladderMs)), key, value, headers: { ...headers, ...waiting } };
}
