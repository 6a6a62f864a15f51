import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';
import type { WriteResult } from './surfaces.ts';

export type ContentItemKey = readonly [org: string, sandbox: string, kind: string, id: string];
export interface ContentItemWrite {
  readonly key: ContentItemKey;
  readonly name: string;
  readonly revision: number;
  readonly body: string;
}

export function contentItemOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    'INSERT INTO content_items (org, sandbox, kind, id, name, revision, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const key = 'org = ? AND sandbox = ? AND kind = ? AND id = ?';
  const get = prepare<[body: string]>(db, `SELECT body FROM content_items WHERE ${key}`);
  const named = prepare<[body: string]>(
    db,
    'SELECT body FROM content_items WHERE org = ? AND sandbox = ? AND kind = ? AND name = ? ORDER BY seq LIMIT 2',
  );
  const list = prepare<[seq: number, body: string]>(
    db,
    'SELECT seq, body FROM content_items WHERE org = ? AND sandbox = ? AND kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  );
  const replace = prepare(
    db,
    `UPDATE content_items SET name = ?, revision = ?, body = ? WHERE ${key} AND revision = ?`,
  );
  const remove = prepare(db, `DELETE FROM content_items WHERE ${key}`);
  return {
    contentItemsInsert: ({ key: of, name, revision, body }: ContentItemWrite): void => {
      insert.run(...of, name, revision, body);
    },
    contentItemsGet: (of: ContentItemKey) => get.get(...of),
    contentItemsNamed: (query: readonly [org: string, sandbox: string, kind: string, name: string]) =>
      named.all(...query),
    contentItemsList: (query: readonly [org: string, sandbox: string, kind: string, before: number, limit: number]) =>
      list.all(...query),
    contentItemsReplace: ({ key: of, name, revision, body }: ContentItemWrite): WriteResult => {
      if (replace.run(name, revision, body, ...of, revision - 1) === 1) return 'written';
      return get.get(...of) === undefined ? 'missing' : 'conflict';
    },
    contentItemsRemove: (of: ContentItemKey): boolean => remove.run(...of) === 1,
  };
}
