import type { Key } from '@herald/contracts';
import type { KeyRecord, KeyRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { KeyRow, StoredKeyRow } from './operations/keys.ts';
import { newestFirst, toPage } from './paging.ts';

export function createKeys(call: Call): KeyRepository {
  return {
    insert: (key) => call('keysInsert', toRow(key)),
    findByHash: async (hash) => {
      const row = await call('keysByHash', hash);
      return row && { ...toKey(row), hash };
    },
    list: async ({ org, sandbox }, request) => {
      const slice = newestFirst(request);
      const rows = await call('keysList', [org, sandbox, slice.from, slice.limit]);
      return toPage(rows, slice, ([, ...row]) => toKey(row));
    },
    revoke: async ({ org, sandbox }, id, at) => {
      const row = await call('keysRevoke', [at, org, sandbox, id]);
      return row && toKey(row);
    },
    rotate: ({ org, sandbox }, id, next, expiresAt) =>
      call('keysRotate', { key: [org, sandbox, id], next: toRow(next), expiresAt }),
  };
}

function toRow({ hash, revokedAt, ...key }: KeyRecord): KeyRow {
  const { org, sandbox, id } = key;
  return { org, sandbox, id, hash, body: JSON.stringify(key), revokedAt: revokedAt ?? null };
}

const toKey = ([body, revokedAt]: StoredKeyRow): Key => ({
  ...fromJson<Omit<Key, 'revokedAt'>>(body),
  ...(revokedAt === null ? {} : { revokedAt }),
});
