import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

/**
 * Entries lie under `message/round/attempt`, `…/result` and `…/takeover/k`. A message's id begins with its execution's,
 * which is time-ordered: entries are appended, and those of one message, attempt or time are one range of ids.
 */
export function ledgerOperations(db: DatabaseSync) {
  const insert = prepare(db, 'INSERT INTO ledger (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const range = prepare<[id: string, body: string]>(db, 'SELECT id, body FROM ledger WHERE id >= ? AND id < ?');
  const remove = prepare(
    db,
    'DELETE FROM ledger WHERE id IN (SELECT id FROM ledger WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)',
  );
  return {
    /** 1 for each entry that was inserted, 0 for each whose id was there. */
    ledgerInsert: (entries: readonly (readonly [id: string, body: string])[]): number[] =>
      entries.map(([id, body]) => insert.run(id, body)),

    /** The entries of each range of ids, without its end. */
    ledgerRead: (ranges: readonly (readonly [from: string, to: string])[]): [id: string, body: string][][] =>
      ranges.map(([from, to]) => range.all(from, to)),

    /** Returns how many were deleted. */
    ledgerPrune: ({ from, to, limit }: { readonly from: string; readonly to: string; readonly limit: number }) =>
      remove.run(from, to, limit),
  };
}
