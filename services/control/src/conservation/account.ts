import {
  executionIdOf,
  FINAL_STATES,
  messageIdOf,
  recipientIndexOf,
  type Clock,
  type Conservation,
  type FinalState,
  type Imbalance,
  type InFlight,
  type Tenant,
} from '@herald/contracts';
import type { EndingEntry, StoredExecution, Store } from '@herald/store';
import { ledgerOf, roundsOf } from '../history.ts';
import { judge, type Rules } from './judge.ts';

export interface AccountQuery {
  /** Milliseconds since the epoch, by the time in the executionId; without `to` itself. */
  readonly from: number;
  readonly to: number;
  /** How many imbalances to list. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Executions that are read at once: a few milliseconds of the store. */
const CHUNK = 200;
/** Endings that are read at once. */
const ENDINGS = 1_000;
/** Of a chunk, what is listed at most. */
const STRAYS = 100;
/** Messages that one answer counts: about half a second, where the store is fast. */
const COUNTED = 20_000;
/** Where it is slow an answer does not keep its caller for longer, by the chunk that it is at. */
const LONGEST_MS = 5_000;

/**
 * Walks the executions of a time from the newest, with what the ledger and the index of endings have of each, in ranges
 * of bounded size; what was counted is forgotten. Throws RangeError('cursor').
 */
export async function takeAccount(
  store: Store,
  clock: Clock,
  tenant: Tenant,
  query: AccountQuery,
  rules: Rules,
): Promise<Conservation> {
  const { from, to, limit } = query;
  const began = clock.now();
  const sheet = createSheet(limit, rules.now);
  let after = query.cursor === undefined ? undefined : decode(query.cursor);
  for (let counted = 0; ;) {
    const page = await store.executions.list(tenant, {
      limit: CHUNK,
      from,
      to,
      ...(after === undefined ? {} : { after }),
    });
    const chunk = page.items;
    const isLast = page.next === undefined;
    // Below the chunk lies the next one; above it, nothing that was not looked at.
    const oldest = isLast ? undefined : least(chunk);
    const endings = await endingsOf(store, tenant, chunk, { from, to, after, oldest });
    const { strays } = endings;
    const [ledger, rounds] = await Promise.all([ledgerOf(store, chunk), roundsOf(store, chunk)]);
    for (const [place, execution] of chunk.entries()) {
      while ((strays[0]?.messageId ?? '') > execution.executionId) sheet.stray(strays.shift());
      for (const index of execution.recipients.keys()) {
        const messageId = messageIdOf(execution.executionId, index);
        const judgement = judge(
          {
            execution,
            index,
            attempts: ledger[place]?.[index] ?? [],
            rounds: rounds[place]?.[index] ?? [],
            endings: endings.of.get(messageId) ?? [],
          },
          rules,
        );
        sheet.enter(messageId, execution, judgement);
        counted += 1;
      }
      after = execution.executionId;
      if (sheet.isFull() && !(isLast && place === chunk.length - 1)) return sheet.close(from, to, encode(after));
    }
    while (strays.length > 0) sheet.stray(strays.shift());
    sheet.unlisted(endings.unlisted);
    const next = isLast || after === undefined ? undefined : encode(after);
    if (next === undefined || counted >= COUNTED || clock.now() - began >= LONGEST_MS)
      return sheet.close(from, to, next);
  }
}

const least = (chunk: readonly StoredExecution[]): string | undefined =>
  chunk.map(({ executionId }) => executionId).toSorted()[0];

interface Around {
  readonly from: number;
  readonly to: number;
  /** The execution behind which the chunk begins; absent: it is the first one. */
  readonly after: string | undefined;
  /** The least id of the chunk; absent: it is the last one. */
  readonly oldest: string | undefined;
}

interface Endings {
  readonly of: ReadonlyMap<string, readonly EndingEntry[]>;
  /** Newest first, as many as may be listed; there are `unlisted` more. */
  readonly strays: Imbalance[];
  readonly unlisted: number;
}

/** The endings of a chunk's messages, and those around them that nobody accepted. */
async function endingsOf(
  store: Store,
  tenant: Tenant,
  chunk: readonly StoredExecution[],
  { from, to, after, oldest }: Around,
): Promise<Endings> {
  const byId = new Map(chunk.map((execution) => [execution.executionId, execution]));
  // Of one millisecond, executions are listed in another order than that of their ids.
  const newest = chunk
    .map(({ executionId }) => executionId)
    .toSorted()
    .at(-1);
  const before = after === undefined ? undefined : newest !== undefined && newest >= after ? `${newest}/` : after;
  const of = new Map<string, EndingEntry[]>();
  const strays: Imbalance[] = [];
  let unlisted = 0;
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page: { readonly items: readonly EndingEntry[]; readonly next?: string } = await store.endings.entries(
      tenant,
      {
        limit: ENDINGS,
        from,
        to,
        ...(oldest === undefined ? {} : { first: oldest }),
        ...(before === undefined ? {} : { before }),
        ...(cursor === '' ? {} : { cursor }),
      },
    );
    const others: EndingEntry[] = [];
    for (const entry of page.items) {
      const execution = byId.get(executionIdOf(entry.messageId));
      const isMine = execution !== undefined && recipientIndexOf(entry.messageId) < execution.recipients.length;
      if (isMine) of.set(entry.messageId, [...(of.get(entry.messageId) ?? []), entry]);
      else others.push(entry);
    }
    const ids = [...new Set(others.map(({ messageId }) => executionIdOf(messageId)))];
    const found = new Map((await store.executions.getMany(tenant, ids)).map((one, place) => [ids[place], one]));
    for (const { messageId, round, state, reason } of others) {
      const execution = found.get(executionIdOf(messageId));
      if (execution !== undefined && recipientIndexOf(messageId) < execution.recipients.length) continue;
      if (strays.length === STRAYS) unlisted += 1;
      else strays.push({ problem: 'not-accepted', messageId, round, detail: `index ${state}/${reason}` });
    }
    cursor = page.next;
  }
  return { of, strays, unlisted };
}

/** Adds up what was judged. */
function createSheet(limit: number, now: number) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of every state
  const final = Object.fromEntries(FINAL_STATES.map((state) => [state, 0])) as Record<FinalState, number>;
  const topics = new Map<string, InFlight>();
  const items: Imbalance[] = [];
  const sums = { accepted: 0, inFlight: 0, withoutEnding: 0, unconfirmed: 0, notIndexed: 0, unbalanced: 0 };

  return {
    /** There may be any number of them, and no page ends among them. */
    stray(stray: Imbalance | undefined): void {
      sums.unbalanced += 1;
      if (stray !== undefined && items.length < limit) items.push(stray);
    },
    unlisted(more: number): void {
      sums.unbalanced += more;
    },
    isFull: () => items.length >= limit,
    enter(messageId: string, { acceptedAt }: StoredExecution, judgement: ReturnType<typeof judge>): void {
      const { standing, imbalances, notIndexed } = judgement;
      sums.unbalanced += imbalances.length;
      items.push(...imbalances);
      if (notIndexed) sums.notIndexed += 1;
      if (standing.kind === 'unconfirmed') {
        sums.unconfirmed += 1;
        return;
      }
      sums.accepted += 1;
      if (standing.kind === 'final') final[standing.state] += 1;
      else if (standing.kind === 'no-ending') sums.withoutEnding += 1;
      else {
        sums.inFlight += 1;
        const { topic, state } = standing;
        const known = topics.get(`${state} ${topic}`);
        // From the newest on: the last one is the oldest.
        const oldest = {
          messageId,
          acceptedAt: new Date(acceptedAt).toISOString(),
          ageMs: Math.max(0, now - acceptedAt),
        };
        topics.set(`${state} ${topic}`, { topic, state, count: (known?.count ?? 0) + 1, oldest });
      }
    },
    close: (from: number, to: number, next: string | undefined): Conservation => ({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      accepted: sums.accepted,
      final,
      inFlight: {
        count: sums.inFlight,
        topics: [...topics.values()].toSorted((a, b) => b.oldest.ageMs - a.oldest.ageMs),
      },
      withoutEnding: sums.withoutEnding,
      unconfirmed: sums.unconfirmed,
      notIndexed: sums.notIndexed,
      unbalanced: { count: sums.unbalanced, items },
      ...(next === undefined ? {} : { next }),
    }),
  };
}

/** The last execution that was counted. */
const encode = (executionId: string): string => Buffer.from(`counted ${executionId}`).toString('base64url');

function decode(cursor: string): string {
  const executionId = /^counted ([A-Z]{4}-[0-9a-f-]{36})$/.exec(
    Buffer.from(cursor, 'base64url').toString('latin1'),
  )?.[1];
  if (executionId === undefined || encode(executionId) !== cursor) throw new RangeError('cursor');
  return executionId;
}
