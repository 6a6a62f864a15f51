import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

type UploadKey = readonly [org: string, sandbox: string, id: string];

export function uploadOperations(db: DatabaseSync) {
  const insert = prepare(db, 'INSERT INTO uploads (org, sandbox, id, body) VALUES (?, ?, ?, ?)');
  const get = prepare<[body: string]>(db, 'SELECT body FROM uploads WHERE org = ? AND sandbox = ? AND id = ?');
  const list = prepare<[seq: number, body: string]>(
    db,
    'SELECT seq, body FROM uploads WHERE org = ? AND sandbox = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  );
  const remove = prepare(db, 'DELETE FROM uploads WHERE org = ? AND sandbox = ? AND id = ?');
  return {
    uploadsInsert: (row: readonly [...UploadKey, body: string]): void => {
      insert.run(...row);
    },
    uploadsGet: (key: UploadKey) => get.get(...key),
    uploadsList: (query: readonly [org: string, sandbox: string, before: number, limit: number]) => list.all(...query),
    uploadsRemove: (key: UploadKey): boolean => remove.run(...key) === 1,
  };
}
