import { describe, expect, test } from '@jest/globals';
import type { AuditEntry } from '@herald/contracts';
import { expectPaging } from './paging.ts';
import { aHead, aKey, anEntry, aSuppression, aSurface, aVersion, unique } from './samples.ts';
import { concurrently, newTenant, type Shared } from './subject.ts';

const PAGE = { limit: 100 };
const AT = '2026-02-01T00:00:00.000Z';

export function auditCases(store: Shared): void {
  describe('the audit log', () => {
    test('is listed page by page, newest first: all of it, of a type, of a thing', async () => {
      const tenant = newTenant();
      const add = async (over: Partial<AuditEntry> = {}): Promise<string> => {
        const entry = anEntry(over);
        await store().audit.append(tenant, entry);
        return entry.id;
      };
      const mine = { objectType: 'campaign', objectId: 'mine \ud83d' } as const;
      const ids = [await add(mine), await add({ objectType: 'key' }), await add(mine), await add()].toReversed();
      const listed = async (filter = {}) =>
        (await store().audit.list(tenant, { ...PAGE, ...filter })).items.map(({ id }) => id);
      expect(await listed()).toEqual(ids);
      expect(await listed({ objectType: 'key' })).toEqual([ids[2]]);
      expect(await listed(mine)).toEqual([ids[1], ids[3]]);
      expect(await listed({ ...mine, objectType: 'surface' })).toEqual([]);
      // An id alone is that of a thing of any type.
      const { objectId } = mine;
      const key = await add({ ...mine, objectType: 'key' });
      ids.unshift(key);
      expect(await listed({ objectId })).toEqual([key, ids[2], ids[4]]);
      const first = await store().audit.list(tenant, { limit: 2, objectId });
      expect(first.items.map(({ id }) => id)).toEqual([key, ids[2]]);
      const rest = await store().audit.list(tenant, { limit: 2, objectId, cursor: first.next ?? '' });
      expect(rest.items.map(({ id }) => id)).toEqual([ids[4]]);
      expect(await listed({ objectId: 'none' })).toEqual([]);
      await expectPaging({
        list: (page) => store().audit.list(tenant, page),
        idOf: ({ id }) => id,
        ids,
        add: () => add(),
      });
    });

    test('has an entry with each change, and none where nothing was changed', async () => {
      const tenant = newTenant();
      const entry = anEntry();
      const written = async (): Promise<number> => (await store().audit.list(tenant, PAGE)).items.length;
      const head = aHead();
      const key = aKey(tenant);
      const surface = aSurface();
      const audited = () => store().audited(tenant, { ...entry, id: unique('entry') });

      await audited().campaigns.insert(tenant, head, aVersion());
      await audited().surfaces.insert(tenant, surface);
      await audited().keys.insert(key);
      expect(await written()).toBe(3);
      const answers = await concurrently(8, (n) =>
        audited().campaigns.update(tenant, { ...head, revision: 2, modifiedAt: `t${n}` }, aVersion(1, `t${n}`)),
      );
      expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
      expect(await written()).toBe(4);
      await audited().campaigns.update(tenant, { ...head, id: 'none', revision: 2 });
      await audited().surfaces.replace(tenant, { ...surface, revision: 5 });
      await audited().keys.revoke(tenant, 'none', AT);
      expect(await written()).toBe(4);
      await audited().keys.revoke(tenant, key.id, AT);
      await audited().keys.revoke(tenant, key.id, AT);
      expect(await written()).toBe(5);
      await audited().suppressions.add(tenant, aSuppression('ada@example.com'));
      await audited().suppressions.remove(tenant, 'email', 'ada@example.com');
      await audited().suppressions.remove(tenant, 'email', 'ada@example.com');
      expect(await written()).toBe(7);
      expect((await store().campaigns.get(tenant, head.id))?.head.revision).toBe(2);
    });
  });
}
