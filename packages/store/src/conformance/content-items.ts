import type { Fragment } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import { expectPaging } from './paging.ts';
import { unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

const AT = '2026-02-01T00:00:00.000Z';

export const aFragment = (over: Partial<Fragment> = {}): Fragment => ({
  id: unique('fragment'),
  name: unique('footer'),
  description: '',
  type: 'html',
  text: '<p>{{context.a}}</p>',
  revision: 1,
  createdAt: AT,
  createdBy: 'key',
  modifiedAt: AT,
  modifiedBy: 'key',
  ...over,
});

export function contentItemCases(store: Shared): void {
  describe('content items', () => {
    test('are read as they were inserted, by id and by name, each kind apart', async () => {
      const tenant = newTenant();
      for (const name of HARD_TEXTS) {
        const item = aFragment({ name });
        await store().contentItems.insert(tenant, 'fragment', item);
        expect(await store().contentItems.get(tenant, 'fragment', item.id)).toEqual(item);
        expect(await store().contentItems.named(tenant, 'fragment', name)).toEqual([item]);
        expect(await store().contentItems.get(tenant, 'template', item.id)).toBeUndefined();
        expect(await store().contentItems.named(tenant, 'template', name)).toEqual([]);
      }
    });

    test('may share a name: two are found, the oldest first', async () => {
      const tenant = newTenant();
      const items = [aFragment({ name: 'x' }), aFragment({ name: 'x' }), aFragment({ name: 'x' })];
      for (const item of items) await store().contentItems.insert(tenant, 'fragment', item);
      expect(await store().contentItems.named(tenant, 'fragment', 'x')).toEqual(items.slice(0, 2));
    });

    test('of one id are inserted once', async () => {
      const tenant = newTenant();
      const item = aFragment();
      await store().contentItems.insert(tenant, 'fragment', item);
      await expect(store().contentItems.insert(tenant, 'fragment', { ...item, name: 'other' })).rejects.toThrow();
      expect(await store().contentItems.get(tenant, 'fragment', item.id)).toEqual(item);
    });

    test('are listed page by page, newest first', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const item = aFragment();
        await store().contentItems.insert(tenant, 'fragment', item);
        return item.id;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      const list = (page: { limit: number; cursor?: string }) => store().contentItems.list(tenant, 'fragment', page);
      await expectPaging({ list, idOf: ({ id }) => id, ids, add });
      expect(await store().contentItems.list(tenant, 'template', { limit: 10 })).toEqual({ items: [] });
    });

    test('are replaced at the revision before, by one of many, and found by their new name alone', async () => {
      const tenant = newTenant();
      const item = aFragment({ name: 'before' });
      await store().contentItems.insert(tenant, 'fragment', item);
      const answers = await concurrently(10, (n) =>
        store().contentItems.replace(tenant, 'fragment', { ...item, revision: 2, name: 'after', text: `${n}` }),
      );
      expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
      expect(answers.filter(({ kind }) => kind === 'conflict')).toHaveLength(9);
      expect(await store().contentItems.named(tenant, 'fragment', 'before')).toEqual([]);
      expect(await store().contentItems.named(tenant, 'fragment', 'after')).toHaveLength(1);
      for (const revision of [1, 2, 4]) {
        const again = await store().contentItems.replace(tenant, 'fragment', { ...item, revision });
        expect(again).toEqual({ kind: 'conflict' });
      }
      expect(await store().contentItems.replace(tenant, 'fragment', aFragment({ revision: 2 }))).toEqual({
        kind: 'missing',
      });
    });

    test('that are removed are gone; removing says whether there was one', async () => {
      const tenant = newTenant();
      const item = aFragment();
      await store().contentItems.insert(tenant, 'fragment', item);
      expect(await store().contentItems.remove(tenant, 'template', item.id)).toBe(false);
      expect(await store().contentItems.remove(tenant, 'fragment', item.id)).toBe(true);
      expect(await store().contentItems.remove(tenant, 'fragment', item.id)).toBe(false);
      expect(await store().contentItems.get(tenant, 'fragment', item.id)).toBeUndefined();
    });
  });
}
