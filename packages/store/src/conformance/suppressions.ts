import { describe, expect, test } from '@jest/globals';
import { hashedEntry, suppressionKindOf, type Channel, type SuppressionKind, type Tenant } from '@herald/contracts';
import type { PageRequest } from '../port.ts';
import { expectPaging, readAll } from './paging.ts';
import { aSuppression, unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function suppressionCases(store: Shared): void {
  const ask = (tenant: Tenant, channel: Channel, ...addresses: string[]) =>
    store().suppressions.check(addresses.map((address) => ({ ...tenant, channel, address })));
  const check = async (tenant: Tenant, ...addresses: string[]): Promise<boolean[]> =>
    (await ask(tenant, 'email', ...addresses)).map((obstacle) => obstacle !== undefined);
  const by = (kind: SuppressionKind | undefined) => kind && { kind: 'suppressed', by: kind };

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

    test('are listed by what they cover, other kinds and channels left out', async () => {
      const tenant = newTenant();
      const add = (address: string, channel: Channel = 'email') =>
        store().suppressions.add(tenant, aSuppression(address, { channel }));
      const addAddress = async (n: number): Promise<string> => {
        const address = `${unique('somebody')}-${n}@example.com`;
        await add(address);
        await add(`@${unique('domain')}.example`);
        await add(`+4520${String(n).padStart(6, '0')}`, 'sms');
        await add(`+45${n}*`, 'sms');
        await add(hashedEntry(unique('x').padEnd(22, 'x').slice(0, 22)));
        return address;
      };
      const ids: string[] = [];
      for (const n of [1, 2, 3, 4]) ids.unshift(await addAddress(n));
      const of = { channel: 'email', kind: 'address' } as const;
      const list = (page: PageRequest) => store().suppressions.list(tenant, { ...page, of });
      await expectPaging({ list, idOf: ({ address }) => address, ids, add: (n) => addAddress(n + 5) });
      const kinds = async (channel: Channel, kind: SuppressionKind) =>
        (await store().suppressions.list(tenant, { limit: 100, of: { channel, kind } })).items.map(
          (one) => suppressionKindOf(one.channel, one.address) === kind && one.channel === channel,
        );
      for (const kind of ['domain', 'hash'] as const) expect(await kinds('email', kind)).not.toContain(false);
      for (const kind of ['prefix', 'address'] as const) expect((await kinds('sms', kind)).length).toBeGreaterThan(3);
      expect(await kinds('sms', 'domain')).toEqual([]);
    });

    test('are read one by one as they were added, and not by what stands for them', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression('Ada@example.com', { reason: 'asked' }));
      await store().suppressions.add(tenant, aSuppression('@example.org'));
      const get = (address: string) => store().suppressions.get(tenant, 'email', address);
      expect(await get(' ada@EXAMPLE.com')).toEqual(aSuppression('Ada@example.com', { reason: 'asked' }));
      expect(await get('bob@example.org')).toBeUndefined();
      expect(await get('@example.org')).toEqual(aSuppression('@example.org'));
      expect(await store().suppressions.get(tenant, 'sms', 'ada@example.com')).toBeUndefined();
    });

    test('of a domain act on all its addresses, and on no others', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression('@Example.com'));
      await store().suppressions.add(tenant, aSuppression('eve@example.com'));
      const addresses = [
        'ada@example.com',
        'EVE@EXAMPLE.COM',
        'ada@mail.example.com',
        'ada@other.example',
        'example.com',
      ];
      expect(await ask(tenant, 'email', ...addresses)).toEqual([
        by('domain'),
        by('address'),
        undefined,
        undefined,
        undefined,
      ]);
      expect(await ask(tenant, 'push', 'https://push.example/@example.com')).toEqual([undefined]);
      expect(await store().suppressions.remove(tenant, 'email', '@EXAMPLE.com')).toBe(true);
      expect(await check(tenant, 'ada@example.com', 'eve@example.com')).toEqual([false, true]);
    });

    test('of the beginning of numbers act on all of them, and on that channel only', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression('+4520*', { channel: 'sms' }));
      const numbers = ['+4520123456', '+4521123456', '+452', '+145201234567', ' +4520999999'];
      expect(await ask(tenant, 'sms', ...numbers)).toEqual([
        by('prefix'),
        undefined,
        undefined,
        undefined,
        by('prefix'),
      ]);
      expect(await ask(tenant, 'email', '+4520123456')).toEqual([undefined]);
    });

    test('added by hundreds at once keep their order and the first of each, and all act', async () => {
      const tenant = newTenant();
      const addresses = Array.from({ length: 300 }, (_, n) => `${n}@example.com`);
      const entries = addresses.map((address) => aSuppression(address, { reason: 'first' }));
      await store().suppressions.addMany(tenant, [...entries, aSuppression('0@EXAMPLE.com', { reason: 'second' })]);
      await store().suppressions.addMany(tenant, []);
      expect(await check(tenant, ...addresses)).toEqual(addresses.map(() => true));
      const all = await readAll((page) => store().suppressions.list(tenant, page), 100);
      expect(all).toEqual(entries.toReversed());
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
