import { describe, expect, test } from '@jest/globals';
import { expectPaging } from './paging.ts';
import { aHead, aVersion } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function campaignCases(store: Shared): void {
  describe('campaigns', () => {
    test('are read as they were inserted', async () => {
      const tenant = newTenant();
      for (const html of HARD_TEXTS) {
        const head = aHead({ activatedAt: '2026-01-01T00:00:00.000Z', liveVersion: 1 });
        const version = aVersion(1, html);
        await store().campaigns.insert(tenant, head, version);
        expect(await store().campaigns.get(tenant, head.id)).toEqual({ head, newest: version });
        expect(await store().campaigns.getVersion(tenant, head.id, 1)).toEqual(version);
      }
      expect(await store().campaigns.get(tenant, 'none')).toBeUndefined();
    });

    test('of one id are inserted once, version included', async () => {
      const tenant = newTenant();
      const head = aHead();
      await store().campaigns.insert(tenant, head, aVersion(1, 'first'));
      await expect(store().campaigns.insert(tenant, head, aVersion(1, 'second'))).rejects.toThrow();
      expect(await store().campaigns.getVersion(tenant, head.id, 1)).toEqual(aVersion(1, 'first'));
    });

    test('are listed page by page with their newest version, newest first', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const head = aHead();
        await store().campaigns.insert(tenant, head, aVersion(1, head.id));
        return head.id;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      const { items } = await store().campaigns.list(tenant, { limit: 10 });
      expect(items.map(({ newest }) => newest)).toEqual(ids.map((id) => aVersion(1, id)));
      await expectPaging({
        list: (page) => store().campaigns.list(tenant, page),
        idOf: ({ head }) => head.id,
        ids,
        add,
      });
    });

    test('keep every version', async () => {
      const tenant = newTenant();
      const head = aHead({ state: 'live', liveVersion: 1 });
      await store().campaigns.insert(tenant, head, aVersion(1, 'one'));
      const second = { ...head, version: 2, revision: 2 };
      expect(await store().campaigns.update(tenant, second, aVersion(2, 'two'))).toEqual({
        kind: 'written',
        value: second,
      });
      expect(await store().campaigns.get(tenant, head.id)).toEqual({ head: second, newest: aVersion(2, 'two') });
      expect(await store().campaigns.getVersion(tenant, head.id, 1)).toEqual(aVersion(1, 'one'));
      expect(await store().campaigns.getVersion(tenant, head.id, 3)).toBeUndefined();
    });

    test('let a draft be replaced, and the head change alone', async () => {
      const tenant = newTenant();
      const head = aHead();
      await store().campaigns.insert(tenant, head, aVersion(1, 'one'));
      await store().campaigns.update(tenant, { ...head, revision: 2 }, aVersion(1, 'other'));
      const live = { ...head, revision: 3, state: 'live' as const, liveVersion: 1 };
      await store().campaigns.update(tenant, live);
      expect(await store().campaigns.get(tenant, head.id)).toEqual({ head: live, newest: aVersion(1, 'other') });
    });

    test.each([1, 2, 4])('are not updated at another revision, nor their versions (%i after 2)', async (revision) => {
      const tenant = newTenant();
      const head = aHead({ revision: 2 });
      await store().campaigns.insert(tenant, head, aVersion(1, 'one'));
      const update = store().campaigns.update(tenant, { ...head, revision }, aVersion(1, 'stale'));
      expect(await update).toEqual({ kind: 'conflict' });
      expect(await store().campaigns.get(tenant, head.id)).toEqual({ head, newest: aVersion(1, 'one') });
    });

    test('that do not exist are not updated', async () => {
      const tenant = newTenant();
      const head = aHead({ revision: 2 });
      expect(await store().campaigns.update(tenant, head, aVersion())).toEqual({ kind: 'missing' });
      expect(await store().campaigns.getVersion(tenant, head.id, 1)).toBeUndefined();
    });

    test('are read whole while they change: never the head of one change with the version of another', async () => {
      const tenant = newTenant();
      const head = aHead({ modifiedAt: 'change-1' });
      await store().campaigns.insert(tenant, head, aVersion(1, 'change-1'));
      let changing = true;
      const change = async (): Promise<void> => {
        for (let revision = 2; revision <= 40; revision += 1) {
          const next = { ...head, revision, modifiedAt: `change-${revision}` };
          await store().campaigns.update(tenant, next, aVersion(1, `change-${revision}`));
        }
        changing = false;
      };
      const read = async (): Promise<void> => {
        while (changing) {
          const one = await store().campaigns.get(tenant, head.id);
          const [listed] = (await store().campaigns.list(tenant, { limit: 1 })).items;
          for (const found of [one, listed]) expect(found?.newest).toEqual(aVersion(1, found?.head.modifiedAt));
        }
      };
      await Promise.all([change(), read(), read()]);
    });

    test('updated by many at once are updated by one, head and version alike', async () => {
      const tenant = newTenant();
      const head = aHead();
      await store().campaigns.insert(tenant, head, aVersion(1, 'one'));
      const answers = await concurrently(20, (n) =>
        store().campaigns.update(tenant, { ...head, revision: 2, modifiedAt: `t${n}` }, aVersion(1, `t${n}`)),
      );
      expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
      const stored = await store().campaigns.get(tenant, head.id);
      expect(stored?.newest).toEqual(aVersion(1, stored?.head.modifiedAt));
    });
  });
}
