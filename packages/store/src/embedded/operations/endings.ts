import type { DatabaseSync } from 'node:sqlite';
import { prepare, type Statement } from '../statement.ts';

export type EndingRow = readonly [
  org: string,
  sandbox: string,
  state: string,
  reason: string,
  place: string,
  round: number,
  campaignId: string,
];
type Kind = [state: string, reason: string];
type EndingAt = [place: string, round: number, state: string, reason: string];
type OwnedKind = [org: string, sandbox: string, state: string, reason: string];

/**
 * A page is read from one range per state and reason: how many of those there are is known from the table itself, by
 * jumping from the end of one range to the begin of the next.
 */
export function endingOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    `INSERT INTO endings (org, sandbox, state, reason, place, round, campaign_id) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  // A comparison of several columns at once would be a range of the first one only: each has a statement of its own.
  const jumps = (index: string, where: string) =>
    ['state = ?3 AND reason > ?4', 'state > ?3 AND ?4 IS NOT NULL'].map((behind) =>
      prepare<Kind>(
        db,
        `SELECT state, reason FROM endings ${index} WHERE org = ?1 AND sandbox = ?2 ${where} AND ${behind}
         ORDER BY state, reason LIMIT 1`,
      ),
    );
  const kinds = jumps('', '');
  const kindsOfCampaign = jumps('INDEXED BY endings_by_campaign', 'AND campaign_id = ?5');
  const page = (index: string, where: string) =>
    prepare<[place: string]>(
      db,
      `SELECT place FROM endings ${index} WHERE org = ?1 AND sandbox = ?2 AND state = ?3 AND reason = ?4
         AND place >= ?5 AND place < ?6 ${where} GROUP BY place ORDER BY place DESC LIMIT ?7`,
    );
  const all = page('', '');
  const ofCampaign = page('INDEXED BY endings_by_campaign', 'AND campaign_id = ?8');
  const rows = prepare<EndingAt>(
    db,
    `SELECT place, round, state, reason FROM endings WHERE org = ? AND sandbox = ? AND state = ? AND reason = ?
       AND place >= ? AND place <= ?`,
  );
  const OWNED = ['org', 'sandbox', 'state', 'reason'] as const;
  /** From the inside out: the next reason, then the next state, sandbox, org. */
  const owned = OWNED.map((_, n) => OWNED.slice(0, OWNED.length - n)).map((columns) => ({
    bound: columns.length,
    statement: prepare<[...OwnedKind, place: string]>(
      db,
      `SELECT org, sandbox, state, reason, place FROM endings
       WHERE ${columns.map((column, n) => `${column} ${n === columns.length - 1 ? '>' : '='} ?`).join(' AND ')}
       ORDER BY org, sandbox, state, reason, place LIMIT 1`,
    ),
  }));
  const ownedAfter = (last: OwnedKind): [...OwnedKind, place: string] | undefined => {
    for (const { statement, bound } of owned) {
      const next = statement.get(...last.slice(0, bound));
      if (next !== undefined) return next;
    }
    return undefined;
  };
  const remove = prepare(
    db,
    `DELETE FROM endings WHERE (org, sandbox, state, reason, place, round) IN (
       SELECT org, sandbox, state, reason, place, round FROM endings
       WHERE org = ? AND sandbox = ? AND state = ? AND reason = ? AND place < ? LIMIT ?)`,
  );

  const first = (statements: readonly Statement<Kind>[], ...values: string[]): Kind | undefined => {
    for (const statement of statements) {
      const found = statement.get(...values);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  function kindsOf(org: string, sandbox: string, campaignId: string | undefined, state: string | undefined): Kind[] {
    const found: Kind[] = [];
    let last: Kind = [state ?? '', ''];
    for (;;) {
      const next =
        campaignId === undefined
          ? first(kinds, org, sandbox, ...last)
          : first(kindsOfCampaign, org, sandbox, ...last, campaignId);
      if (next === undefined || (state !== undefined && next[0] !== state)) return found;
      found.push(next);
      last = next;
    }
  }

  return {
    endingsInsert: (rows: readonly EndingRow[]): void => {
      for (const row of rows) insert.run(...row);
    },

    /** Places in descending order, `limit` at most; one may be there several times. */
    endingsList: (query: {
      readonly org: string;
      readonly sandbox: string;
      readonly state?: string;
      readonly reason?: string;
      readonly campaignId?: string;
      readonly low: string;
      readonly high: string;
      readonly limit: number;
    }): string[] => {
      const { org, sandbox, state, reason, campaignId, low, high, limit } = query;
      const places = kindsOf(org, sandbox, campaignId, state)
        .filter((kind) => reason === undefined || kind[1] === reason)
        .flatMap((kind) =>
          campaignId === undefined
            ? all.all(org, sandbox, ...kind, low, high, limit)
            : ofCampaign.all(org, sandbox, ...kind, low, high, limit, campaignId),
        )
        .map(([place]) => place);
      return [...new Set(places)].toSorted((a, b) => (a < b ? 1 : -1)).slice(0, limit);
    },

    /** Every ending from one place to another, both included, in no order. */
    endingsOf: (query: {
      readonly org: string;
      readonly sandbox: string;
      readonly oldest: string;
      readonly newest: string;
    }): EndingAt[] => {
      const { org, sandbox, oldest, newest } = query;
      return kindsOf(org, sandbox, undefined, undefined).flatMap((kind) =>
        rows.all(org, sandbox, ...kind, oldest, newest),
      );
    },

    /** Returns how many were deleted. */
    endingsPrune: ({ before, limit }: { readonly before: string; readonly limit: number }): number => {
      let deleted = 0;
      let last: OwnedKind = ['', '', '', ''];
      while (deleted < limit) {
        const next = ownedAfter(last);
        if (next === undefined) break;
        const [org, sandbox, state, reason, oldest] = next;
        last = [org, sandbox, state, reason];
        if (oldest < before) deleted += remove.run(...last, before, limit - deleted);
      }
      return deleted;
    },
  };
}
