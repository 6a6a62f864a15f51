import { describe, expect, test } from '@jest/globals';
import type { Surface } from '@herald/contracts';
import { expectPaging } from './paging.ts';
import { aSurface } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function surfaceCases(store: Shared): void {
  describe('surfaces', () => {
    test('are read as they were inserted', async () => {
      const tenant = newTenant();
      for (const name of HARD_TEXTS) {
        const surface = aSurface({ name, replyTo: 'reply@example.com' });
        await store().surfaces.insert(tenant, surface);
        expect(await store().surfaces.get(tenant, surface.id)).toEqual(surface);
      }
      expect(await store().surfaces.get(tenant, 'none')).toBeUndefined();
    });

    test('that name one provider, as earlier releases stored them, have a list of one', async () => {
      const tenant = newTenant();
      const { providers: _, ...surface } = aSurface();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as an earlier release wrote it
      await store().surfaces.insert(tenant, { ...surface, provider: 'ses' } as unknown as Surface);
      const read = { ...surface, providers: ['ses'] };
      expect(await store().surfaces.get(tenant, surface.id)).toEqual(read);
      expect((await store().surfaces.list(tenant, { limit: 1 })).items).toEqual([read]);
    });

    test('of one id are inserted once', async () => {
      const tenant = newTenant();
      const surface = aSurface();
      await store().surfaces.insert(tenant, surface);
      await expect(store().surfaces.insert(tenant, { ...surface, name: 'other' })).rejects.toThrow();
      expect(await store().surfaces.get(tenant, surface.id)).toEqual(surface);
    });

    test('are listed page by page, newest first', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const surface = aSurface();
        await store().surfaces.insert(tenant, surface);
        return surface.id;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      await expectPaging({ list: (page) => store().surfaces.list(tenant, page), idOf: ({ id }) => id, ids, add });
    });

    test('are replaced at the revision before', async () => {
      const tenant = newTenant();
      const surface = aSurface();
      await store().surfaces.insert(tenant, surface);
      const next = { ...surface, revision: 2, status: 'inactive' as const };
      expect(await store().surfaces.replace(tenant, next)).toEqual({ kind: 'written', value: next });
      expect(await store().surfaces.get(tenant, surface.id)).toEqual(next);
      expect((await store().surfaces.list(tenant, { limit: 10 })).items).toEqual([next]);
    });

    test.each([1, 2, 4])('are not replaced at another revision (%i after 2)', async (revision) => {
      const tenant = newTenant();
      const surface = aSurface({ revision: 2 });
      await store().surfaces.insert(tenant, surface);
      expect(await store().surfaces.replace(tenant, { ...surface, revision })).toEqual({ kind: 'conflict' });
      expect(await store().surfaces.get(tenant, surface.id)).toEqual(surface);
    });

    test('that do not exist are not replaced', async () => {
      expect(await store().surfaces.replace(newTenant(), aSurface({ revision: 2 }))).toEqual({ kind: 'missing' });
    });

    test('replaced by many at once are replaced by one', async () => {
      const tenant = newTenant();
      const surface = aSurface();
      await store().surfaces.insert(tenant, surface);
      const answers = await concurrently(20, (n) =>
        store().surfaces.replace(tenant, { ...surface, revision: 2, name: `writer-${n}` }),
      );
      const written = answers.filter(({ kind }) => kind === 'written');
      expect(written).toHaveLength(1);
      expect(answers.filter(({ kind }) => kind === 'conflict')).toHaveLength(19);
      expect(written).toEqual([{ kind: 'written', value: await store().surfaces.get(tenant, surface.id) }]);
    });
  });
}
