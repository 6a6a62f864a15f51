import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

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
  const kinds = prepare<Kind>(
    db,
    `SELECT state, reason FROM endings WHERE org = ?1 AND sandbox = ?2 AND (state, reason) > (?3, ?4)
     ORDER BY state, reason LIMIT 1`,
  );
  const kindsOfCampaign = prepare<Kind>(
    db,
    `SELECT state, reason FROM endings INDEXED BY endings_by_campaign
     WHERE org = ?1 AND sandbox = ?2 AND campaign_id = ?5 AND (state, reason) > (?3, ?4)
     ORDER BY state, reason LIMIT 1`,
  );
  const page = (index: string, where: string) =>
    prepare<[place: string]>(
      db,
      `SELECT place FROM endings ${index} WHERE org = ?1 AND sandbox = ?2 AND state = ?3 AND reason = ?4
         AND place >= ?5 AND place < ?6 ${where} GROUP BY place ORDER BY place DESC LIMIT ?7`,
    );
  const all = page('', '');
  const ofCampaign = page('INDEXED BY endings_by_campaign', 'AND campaign_id = ?8');
  const owned = prepare<[...OwnedKind, place: string]>(
    db,
    `SELECT org, sandbox, state, reason, place FROM endings WHERE (org, sandbox, state, reason) > (?, ?, ?, ?)
     ORDER BY org, sandbox, state, reason, place LIMIT 1`,
  );
  const remove = prepare(
    db,
    `DELETE FROM endings WHERE (org, sandbox, state, reason, place, round) IN (
       SELECT org, sandbox, state, reason, place, round FROM endings
       WHERE org = ? AND sandbox = ? AND state = ? AND reason = ? AND place < ? LIMIT ?)`,
  );

  function kindsOf(org: string, sandbox: string, campaignId: string | undefined, state: string | undefined): Kind[] {
    const found: Kind[] = [];
    let last: Kind = [state ?? '', ''];
    for (;;) {
      const next =
        campaignId === undefined
          ? kinds.get(org, sandbox, ...last)
          : kindsOfCampaign.get(org, sandbox, ...last, campaignId);
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

    /** Returns how many were deleted. */
    endingsPrune: ({ before, limit }: { readonly before: string; readonly limit: number }): number => {
      let deleted = 0;
      let last: OwnedKind = ['', '', '', ''];
      while (deleted < limit) {
        const next = owned.get(...last);
        if (next === undefined) break;
        const [org, sandbox, state, reason, oldest] = next;
        last = [org, sandbox, state, reason];
        if (oldest < before) deleted += remove.run(...last, before, limit - deleted);
      }
      return deleted;
    },
  };
}
