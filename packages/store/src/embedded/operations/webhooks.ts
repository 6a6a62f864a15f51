import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';
import type { SurfaceKey, SurfaceWrite, WriteResult } from './surfaces.ts';

type Found = [body: string, failingSince: number | null];

export function webhookOperations(db: DatabaseSync) {
  const owned = 'org = ? AND sandbox = ? AND id = ?';
  const insert = prepare(db, 'INSERT INTO webhooks (org, sandbox, id, revision, body) VALUES (?, ?, ?, ?, ?)');
  const get = prepare<Found>(db, `SELECT body, failing_since FROM webhooks WHERE ${owned}`);
  const list = prepare<[seq: number, ...Found]>(
    db,
    `SELECT seq, body, failing_since FROM webhooks WHERE org = ? AND sandbox = ? AND seq < ?
     ORDER BY seq DESC LIMIT ?`,
  );
  const replace = prepare(db, `UPDATE webhooks SET revision = ?, body = ? WHERE ${owned} AND revision = ?`);
  const remove = prepare(db, `DELETE FROM webhooks WHERE ${owned}`);
  const failing = prepare(db, `UPDATE webhooks SET failing_since = ? WHERE ${owned} AND failing_since IS NULL`);
  const working = prepare(db, `UPDATE webhooks SET failing_since = NULL WHERE ${owned} AND failing_since IS NOT NULL`);
  return {
    webhooksInsert: ({ key, revision, body }: SurfaceWrite): void => {
      insert.run(...key, revision, body);
    },
    webhooksGet: (key: SurfaceKey) => get.get(...key),
    webhooksList: (query: readonly [org: string, sandbox: string, before: number, limit: number]) => list.all(...query),
    webhooksReplace: ({ key, revision, body }: SurfaceWrite): WriteResult => {
      if (replace.run(revision, body, ...key, revision - 1) === 1) return 'written';
      return get.get(...key) === undefined ? 'missing' : 'conflict';
    },
    webhooksRemove: (key: SurfaceKey): boolean => remove.run(...key) === 1,
    webhooksFailing: ({ key, at }: { readonly key: SurfaceKey; readonly at: number }): number | undefined => {
      failing.run(at, ...key);
      return get.get(...key)?.[1] ?? undefined;
    },
    webhooksWorking: (key: SurfaceKey): void => {
      working.run(...key);
    },
  };
}
