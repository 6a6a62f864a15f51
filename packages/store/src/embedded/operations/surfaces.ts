import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type SurfaceKey = readonly [org: string, sandbox: string, id: string];
export interface SurfaceWrite {
  readonly key: SurfaceKey;
  readonly revision: number;
  readonly body: string;
}
export type WriteResult = 'written' | 'conflict' | 'missing';

export function surfaceOperations(db: DatabaseSync) {
  const insert = prepare(db, 'INSERT INTO surfaces (org, sandbox, id, revision, body) VALUES (?, ?, ?, ?, ?)');
  const get = prepare<[body: string]>(db, 'SELECT body FROM surfaces WHERE org = ? AND sandbox = ? AND id = ?');
  const replace = prepare(
    db,
    'UPDATE surfaces SET revision = ?, body = ? WHERE org = ? AND sandbox = ? AND id = ? AND revision = ?',
  );
  const list = prepare<[seq: number, body: string]>(
    db,
    'SELECT seq, body FROM surfaces WHERE org = ? AND sandbox = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  );
  return {
    surfacesInsert: ({ key, revision, body }: SurfaceWrite): void => {
      insert.run(...key, revision, body);
    },
    surfacesGet: (key: SurfaceKey) => get.get(...key),
    surfacesReplace: ({ key, revision, body }: SurfaceWrite): WriteResult => {
      if (replace.run(revision, body, ...key, revision - 1) === 1) return 'written';
      return get.get(...key) === undefined ? 'missing' : 'conflict';
    },
    surfacesList: (query: readonly [org: string, sandbox: string, before: number, limit: number]) => list.all(...query),
  };
}
