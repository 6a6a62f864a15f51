import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

/** Org and sandbox are both null for a record that was not readable as a message. */
export type DeadLetterRow = readonly [id: string, org: string | null, sandbox: string | null, at: number, body: string];

export type StoredLetter = [body: string, resolution: string | null];

export function deadLetterOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    'INSERT INTO dead_letters (id, org, sandbox, at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const get = prepare<StoredLetter>(
    db,
    'SELECT body, resolution FROM dead_letters WHERE id = ? AND org IS ? AND sandbox IS ?',
  );
  const list = prepare<[seq: number, ...StoredLetter]>(
    db,
    'SELECT seq, body, resolution FROM dead_letters WHERE org IS ? AND sandbox IS ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  );
  const resolve = prepare(
    db,
    'UPDATE dead_letters SET resolution = ? WHERE id = ? AND org IS ? AND sandbox IS ? AND resolution IS NULL',
  );
  const remove = prepare(
    db,
    'DELETE FROM dead_letters WHERE seq IN (SELECT seq FROM dead_letters WHERE at < ? LIMIT ?)',
  );
  return {
    deadLettersInsert: (rows: readonly DeadLetterRow[]): void => {
      for (const row of rows) insert.run(...row);
    },
    deadLettersGet: (key: readonly [id: string, org: string | null, sandbox: string | null]) => get.get(...key),
    deadLettersResolve: (
      row: readonly [resolution: string, id: string, org: string | null, sandbox: string | null],
    ): StoredLetter | undefined => {
      resolve.run(...row);
      const [, ...key] = row;
      return get.get(...key);
    },
    deadLettersList: (query: readonly [org: string | null, sandbox: string | null, before: number, limit: number]) =>
      list.all(...query),
    /** Returns how many were deleted. */
    deadLettersPrune: ({ before, limit }: { readonly before: number; readonly limit: number }) =>
      remove.run(before, limit),
  };
}
