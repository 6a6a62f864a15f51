import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

type Stored = [id: string, body: string];

export function roundOperations(db: DatabaseSync) {
  const insert = prepare(db, 'INSERT INTO rounds (id, deadline, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const range = prepare<Stored>(db, 'SELECT id, body FROM rounds WHERE id >= ? AND id < ?');
  const overdue = prepare<Stored>(
    db,
    'SELECT id, body FROM rounds WHERE (deadline, id) > (?, ?) AND deadline < ? ORDER BY deadline, id LIMIT ?',
  );
  const remove = prepare(
    db,
    'DELETE FROM rounds WHERE id IN (SELECT id FROM rounds WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)',
  );
  return {
    /** 1 for each that was inserted, 0 for each whose id was there. */
    roundsInsert: (rows: readonly (readonly [id: string, deadline: number, body: string])[]): number[] =>
      rows.map((row) => insert.run(...row)),

    roundsRead: (ranges: readonly (readonly [from: string, to: string])[]): Stored[] =>
      ranges.flatMap(([from, to]) => range.all(from, to)),

    roundsOverdue: (query: readonly [afterDeadline: number, afterId: string, before: number, limit: number]) =>
      overdue.all(...query),

    /** Returns how many were deleted. */
    roundsPrune: ({ from, to, limit }: { readonly from: string; readonly to: string; readonly limit: number }) =>
      remove.run(from, to, limit),
  };
}
