import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type CapRow = readonly [org: string, sandbox: string, key: string, window: number, limit: number];

export function capOperations(db: DatabaseSync) {
  const take = prepare(
    db,
    `INSERT INTO caps (org, sandbox, cap_key, window, used) VALUES (?1, ?2, ?3, ?4, 1)
     ON CONFLICT DO UPDATE SET used = used + 1 WHERE used < ?5`,
  );
  const remove = prepare(db, 'DELETE FROM caps WHERE rowid IN (SELECT rowid FROM caps WHERE window < ? LIMIT ?)');
  return {
    /** 1 for each that was counted, 0 for each whose window is full. */
    capsTake: (rows: readonly CapRow[]): number[] =>
      rows.map(([org, sandbox, key, window, limit]) => (limit < 1 ? 0 : take.run(org, sandbox, key, window, limit))),

    /** Returns how many were deleted. */
    capsPrune: ({ before, limit }: { readonly before: number; readonly limit: number }) => remove.run(before, limit),
  };
}
