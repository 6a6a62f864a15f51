import {
  attemptRange,
  claimEntry,
  messageRange,
  resultEntry,
  takeoverEntry,
  toAttempts,
  type Entry,
  type Range,
} from '../entries.ts';
import type { QueryFilter } from 'mongoose';
import type { LedgerRepository, RoundEntry } from '../port.ts';
import { roundBody, roundId, roundsOf, toRound } from '../rounds.ts';
import { driverOf, insertOnce } from './insert-once.ts';
import type { BodyDocument, Models, RoundDocument } from './models.ts';

/** Ranges of one query at most: each is a branch that the database plans. */
const RANGES = 100;

export function createLedger({ ledger, rounds }: Models): LedgerRepository {
  const insert = (entries: readonly Entry[]): Promise<boolean[]> =>
    insertOnce(
      ledger,
      entries.map(([_id, body]) => ({ _id, body })),
    );

  /** The entries of each range. */
  async function read(ranges: readonly Range[]): Promise<Entry[][]> {
    const found: Entry[] = [];
    for (let from = 0; from < ranges.length; from += RANGES) {
      const $or = ranges.slice(from, from + RANGES).map(([$gte, $lt]) => ({ _id: { $gte, $lt } }));
      const documents = await driverOf(ledger)
        .find<BodyDocument>({ $or }, { projection: { by: 0 } })
        .toArray();
      for (const { _id, body } of documents) found.push([_id, body]);
    }
    const sorted = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return ranges.map((range) => within(sorted, range));
  }

  return {
    claim: (entries) => insert(entries.map(claimEntry)),
    settle: (entries) => insert(entries.map(resultEntry)),
    takeOver: (entries) => insert(entries.map(takeoverEntry)),
    attempts: async (keys) => {
      const found = await read(keys.map(attemptRange));
      return keys.map(({ messageId }, place) => toAttempts(messageId, found[place] ?? [])[0]);
    },
    openRounds: (entries) =>
      insertOnce(
        rounds,
        entries.map((entry) => ({ _id: roundId(entry), deadline: entry.deadline, body: roundBody(entry) })),
      ),
    rounds: async (messageIds) => {
      if (messageIds.length === 0) return [];
      const found: RoundEntry[] = [];
      const ranges = [...new Set(messageIds)].map(messageRange);
      for (let from = 0; from < ranges.length; from += RANGES) {
        const $or = ranges.slice(from, from + RANGES).map(([$gte, $lt]) => ({ _id: { $gte, $lt } }));
        const documents = await rounds.find({ $or }).lean<RoundDocument[]>();
        found.push(...documents.map(({ _id, body }) => toRound(_id, body)));
      }
      return roundsOf(messageIds, found);
    },
    overdueRounds: async ({ after, before, limit }) => {
      const read = (where: QueryFilter<RoundDocument>, most: number) =>
        rounds.find(where, null, { sort: { deadline: 1, _id: 1 }, limit: most }).lean<RoundDocument[]>();
      const rest =
        after === undefined || after.deadline >= before
          ? []
          : await read({ deadline: after.deadline, _id: { $gt: roundId(after) } }, limit);
      const later = { ...(after === undefined ? {} : { $gt: after.deadline }), $lt: before };
      const found = rest.length === limit ? rest : rest.concat(await read({ deadline: later }, limit - rest.length));
      return found.map(({ _id, body }) => toRound(_id, body));
    },
    messages: async (messageIds) => {
      const found = await read(messageIds.map(messageRange));
      return messageIds.map((messageId, place) => toAttempts(messageId, found[place] ?? []));
    },
  };
}

/** The part of a sorted list that lies in a range; an entry that two parts of a query found is taken once. */
function within(sorted: readonly Entry[], [from, to]: Range): Entry[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.[0] ?? '') < from) low = middle + 1;
    else high = middle;
  }
  const entries: Entry[] = [];
  for (let place = low; place < sorted.length; place += 1) {
    const entry = sorted[place];
    if (entry === undefined || entry[0] >= to) break;
    if (entry[0] !== entries.at(-1)?.[0]) entries.push(entry);
  }
  return entries;
}
