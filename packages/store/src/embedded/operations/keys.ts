import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

/** `body`: the key without its hash and without the time of its revocation. */
export interface KeyRow {
  readonly org: string;
  readonly sandbox: string;
  readonly id: string;
  readonly hash: string;
  readonly body: string;
  readonly revokedAt: string | null;
}
export type StoredKeyRow = [body: string, revokedAt: string | null];

export function keyOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    'INSERT INTO keys (org, sandbox, id, hash, body, revoked_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const byHash = prepare<StoredKeyRow>(db, 'SELECT body, revoked_at FROM keys WHERE hash = ?');
  const byId = prepare<StoredKeyRow>(db, 'SELECT body, revoked_at FROM keys WHERE org = ? AND sandbox = ? AND id = ?');
  const revoke = prepare(
    db,
    'UPDATE keys SET revoked_at = ? WHERE org = ? AND sandbox = ? AND id = ? AND revoked_at IS NULL',
  );
  const end = prepare(
    db,
    `UPDATE keys SET body = json_set(body, '$.expiresAt', ?1) WHERE org = ?2 AND sandbox = ?3 AND id = ?4
     AND (body ->> '$.expiresAt' IS NULL OR unixepoch(body ->> '$.expiresAt', 'subsec') > unixepoch(?1, 'subsec'))`,
  );
  const list = prepare<[seq: number, body: string, revokedAt: string | null]>(
    db,
    'SELECT seq, body, revoked_at FROM keys WHERE org = ? AND sandbox = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  );
  return {
    keysInsert: ({ org, sandbox, id, hash, body, revokedAt }: KeyRow): boolean => {
      if (insert.run(org, sandbox, id, hash, body, revokedAt) === 1) return true;
      if (byHash.get(hash) === undefined) throw new Error('the id belongs to another key');
      return false;
    },
    keysByHash: (hash: string) => byHash.get(hash),
    keysRevoke: ([at, ...key]: readonly [at: string, org: string, sandbox: string, id: string]) => {
      revoke.run(at, ...key);
      return byId.get(...key);
    },
    keysRotate: ({
      key,
      next,
      expiresAt,
    }: {
      readonly key: readonly [org: string, sandbox: string, id: string];
      readonly next: KeyRow;
      readonly expiresAt: string;
    }): 'written' | 'missing' => {
      const found = byId.get(...key);
      if (found === undefined || found[1] !== null) return 'missing';
      insert.run(next.org, next.sandbox, next.id, next.hash, next.body, next.revokedAt);
      end.run(expiresAt, ...key);
      return 'written';
    },
    keysList: (query: readonly [org: string, sandbox: string, before: number, limit: number]) => list.all(...query),
  };
}
