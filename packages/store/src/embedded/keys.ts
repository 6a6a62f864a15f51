import type { Key } from '@herald/contracts';
import type { KeyRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { StoredKeyRow } from './operations/keys.ts';
import { newestFirst, toPage } from './paging.ts';

export function createKeys(call: Call): KeyRepository {
  return {
    insert: ({ hash, revokedAt, ...key }) => {
      const { org, sandbox, id } = key;
      return call('keysInsert', { org, sandbox, id, hash, body: JSON.stringify(key), revokedAt: revokedAt ?? null });
    },
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
  };
}

const toKey = ([body, revokedAt]: StoredKeyRow): Key => ({
  ...fromJson<Omit<Key, 'revokedAt'>>(body),
  ...(revokedAt === null ? {} : { revokedAt }),
});
