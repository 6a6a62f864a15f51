import { describe, expect, test } from '@jest/globals';
import type { Tenant } from '@herald/contracts';
import { expectPaging } from './paging.ts';
import { aSuppression, unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function suppressionCases(store: Shared): void {
  const check = (tenant: Tenant, ...addresses: string[]) =>
    store().suppressions.check(addresses.map((address) => ({ ...tenant, channel: 'email', address })));

  describe('suppressions', () => {
    test('act on the next check, without regard to case and blanks, in the order of the batch', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression(' Ada@Example.com'));
      expect(
        await check(tenant, 'bob@example.com', 'ada@example.com', '\tADA@EXAMPLE.COM ', 'ada@example.com', ''),
      ).toEqual([false, true, true, true, false]);
      expect(await store().suppressions.check([])).toEqual([]);
    });

    test('added again keep the first entry', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression('Ada@example.com', { reason: 'first' }));
      await store().suppressions.add(tenant, aSuppression('ada@example.com ', { reason: 'second' }));
      await concurrently(10, () => store().suppressions.add(tenant, aSuppression('ada@example.com')));
      expect((await store().suppressions.list(tenant, { limit: 10 })).items).toEqual([
        aSuppression('Ada@example.com', { reason: 'first' }),
      ]);
    });

    test('removed stop acting; removing says whether there was one', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression('ada@example.com'));
      expect(await store().suppressions.remove(tenant, 'email', ' ADA@example.com')).toBe(true);
      expect(await store().suppressions.remove(tenant, 'email', 'ada@example.com')).toBe(false);
      expect(await check(tenant, 'ada@example.com')).toEqual([false]);
    });

    test('of addresses that look alike are apart', async () => {
      const tenant = newTenant();
      for (const address of HARD_TEXTS) {
        expect(await check(tenant, address)).toEqual([false]);
        await store().suppressions.add(tenant, aSuppression(address));
        expect(await check(tenant, address)).toEqual([true]);
      }
      const { items } = await store().suppressions.list(tenant, { limit: 100 });
      expect(items.map(({ address }) => address)).toEqual(HARD_TEXTS.toReversed());
    });

    test('are listed page by page, and the cursor shows no address', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const address = `${unique('somebody')}@example.com`;
        await store().suppressions.add(tenant, aSuppression(address));
        return address;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      const { next } = await store().suppressions.list(tenant, { limit: 1 });
      expect(Buffer.from(next ?? '', 'base64url').toString()).not.toContain('somebody');
      await expectPaging({
        list: (page) => store().suppressions.list(tenant, page),
        idOf: ({ address }) => address,
        ids,
        add,
      });
    });
  });
}
