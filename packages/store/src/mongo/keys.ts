import type { Key } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { KeyRecord, KeyRepository } from '../port.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { KeyDocument, Models } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';
import type { Revision } from './revision.ts';

export function createKeys({ keys }: Models, revision: Revision, newId: () => string): KeyRepository {
  const insert = async (document: KeyDocument): Promise<boolean> => {
    const [inserted = false] = await insertOnce(keys, [document]);
    if (!inserted && (await keys.exists({ _id: document._id })) === null)
      throw new Error('the id belongs to another key');
    return inserted;
  };

  /**
   * The next key comes first: a crash in between leaves one that nobody was given, and the old one as it was. The other
   * way round it could leave nobody with a key.
   */
  async function rotate(owner: string, next: KeyDocument, expiresAt: string): Promise<'written' | 'missing'> {
    if ((await keys.exists({ owner, revokedAt: null })) === null) return 'missing';
    const [inserted] = await insertOnce(keys, [next]);
    if (await endAt(owner, expiresAt)) return 'written';
    if (inserted) await keys.deleteOne({ _id: next._id });
    return 'missing';
  }

  /** False when the key is revoked. Of two ends the earlier one stays, also of two that come at once. */
  async function endAt(owner: string, expiresAt: string): Promise<boolean> {
    for (;;) {
      const found = await keys.findOne({ owner, revokedAt: null }).lean<KeyDocument>();
      if (found === null) return false;
      const before = found.expiresAt ?? null;
      const end = before !== null && Date.parse(before) <= Date.parse(expiresAt) ? before : expiresAt;
      const ended = await keys.findOneAndUpdate(
        { owner, revokedAt: null, expiresAt: before },
        { $set: { expiresAt: end } },
        { projection: { _id: 1 } },
      );
      if (ended !== null) return true;
    }
  }

  return {
    insert: (key) =>
      revision.change(
        () => insert(toDocument(key, newId())),
        (inserted) => inserted,
      ),
    findByHash: async (hash) => {
      const found = await keys.findById(hash).lean<KeyDocument>();
      return found === null ? undefined : { ...toKey(found), hash };
    },
    list: async (tenant, request) => {
      const slice = newestFirst('place', request);
      const found = await readSlice(keys, { tenant: idOf(tenant) }, slice, BY_TENANT);
      return toPage(found, slice, toKey);
    },
    revoke: async (tenant, id, at) => {
      const owner = idOf(tenant, id);
      const revoked = await revision.change(
        () =>
          keys
            .findOneAndUpdate({ owner, revokedAt: null }, { $set: { revokedAt: at } }, { returnDocument: 'after' })
            .lean<KeyDocument>(),
        (found) => found !== null,
      );
      const found = revoked ?? (await keys.findOne({ owner }).lean<KeyDocument>());
      return found === null ? undefined : toKey(found);
    },
    rotate: (tenant, id, next, expiresAt) =>
      revision.change(
        () => rotate(idOf(tenant, id), toDocument(next, newId()), expiresAt),
        (answer) => answer === 'written',
      ),
  };
}

function toDocument({ hash, expiresAt, revokedAt, ...key }: KeyRecord, place: string): KeyDocument {
  return {
    _id: hash,
    owner: idOf(key, key.id),
    tenant: idOf(key),
    place,
    body: JSON.stringify(key),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  };
}

const toKey = ({ body, expiresAt, revokedAt }: KeyDocument): Key => ({
  ...fromJson<Omit<Key, 'expiresAt' | 'revokedAt'>>(body),
  ...(expiresAt === undefined ? {} : { expiresAt }),
  ...(revokedAt === undefined ? {} : { revokedAt }),
});
