import { describe, expect, test } from '@jest/globals';
import { expectPaging } from './paging.ts';
import { aKey, unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function keyCases(store: Shared): void {
  describe('keys', () => {
    test('are found by their hash, whatever they hold', async () => {
      const tenant = newTenant();
      for (const name of HARD_TEXTS) {
        const key = aKey(tenant, { name, expiresAt: '2027-01-01T00:00:00+02:00' });
        expect(await store().keys.insert(key)).toBe(true);
        expect(await store().keys.findByHash(key.hash)).toEqual(key);
      }
      expect(await store().keys.findByHash(unique('no such hash'))).toBeUndefined();
    });

    test('of one hash are inserted once, under any concurrency and in any tenant', async () => {
      const hash = unique('hash');
      const keys = Array.from({ length: 50 }, () => aKey(newTenant(), { hash }));
      const inserted = await Promise.all(keys.map((key) => store().keys.insert(key)));
      expect(inserted.filter(Boolean)).toHaveLength(1);
      expect(await store().keys.findByHash(hash)).toEqual(keys[inserted.indexOf(true)]);
    });

    test('that are inserted again are refused, not an error', async () => {
      const key = aKey(newTenant());
      expect([await store().keys.insert(key), await store().keys.insert(key)]).toEqual([true, false]);
    });

    test('are listed without their hash', async () => {
      const tenant = newTenant();
      const { hash, ...key } = aKey(tenant);
      await store().keys.insert({ ...key, hash });
      expect(await store().keys.list(tenant, { limit: 10 })).toStrictEqual({ items: [key] });
    });

    test('are listed page by page', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const key = aKey(tenant);
        await store().keys.insert(key);
        return key.id;
      };
      const ids = [await add(), await add(), await add(), await add(), await add()].toReversed();
      await expectPaging({ list: (page) => store().keys.list(tenant, page), idOf: ({ id }) => id, ids, add });
    });

    test('revoked twice keep the first time', async () => {
      const tenant = newTenant();
      const { hash, ...key } = aKey(tenant);
      await store().keys.insert({ ...key, hash });
      const revoked = { ...key, revokedAt: '2026-02-01T00:00:00.000Z' };
      expect(await store().keys.revoke(tenant, key.id, revoked.revokedAt)).toEqual(revoked);
      expect(await store().keys.revoke(tenant, key.id, '2026-03-01T00:00:00.000Z')).toEqual(revoked);
      expect(await store().keys.findByHash(hash)).toEqual({ ...revoked, hash });
      expect((await store().keys.list(tenant, { limit: 10 })).items).toEqual([revoked]);
    });

    test('revoked by many at once have one time of revocation', async () => {
      const tenant = newTenant();
      const key = aKey(tenant);
      await store().keys.insert(key);
      const answers = await concurrently(20, (n) =>
        store().keys.revoke(tenant, key.id, new Date(Date.UTC(2026, 0, 1 + n)).toISOString()),
      );
      expect(new Set(answers.map((answer) => answer?.revokedAt)).size).toBe(1);
    });

    test('are rotated: the next one is there, and the old one has an end, the earlier one where it had one', async () => {
      const tenant = newTenant();
      const end = '2026-02-01T00:00:00.000Z';
      const cases = [
        [undefined, end],
        ['2026-01-31T23:00:00.000Z', '2026-01-31T23:00:00.000Z'],
        ['2026-02-01T01:00:00+02:00', '2026-02-01T01:00:00+02:00'],
        ['2027-01-01T00:00:00.000Z', end],
      ] as const;
      for (const [before, after] of cases) {
        const key = aKey(tenant, before === undefined ? {} : { expiresAt: before });
        const next = aKey(tenant);
        await store().keys.insert(key);
        expect(await store().keys.rotate(tenant, key.id, next, end)).toBe('written');
        expect(await store().keys.findByHash(key.hash)).toEqual({ ...key, expiresAt: after });
        expect(await store().keys.findByHash(next.hash)).toEqual(next);
      }
    });

    test('rotated many times at once have one end, the earliest', async () => {
      const tenant = newTenant();
      const key = aKey(tenant);
      await store().keys.insert(key);
      const ends = [5, 3, 9, 1, 7].map((day) => new Date(Date.UTC(2026, 5, day)).toISOString());
      const nexts = ends.map(() => aKey(tenant));
      const answers = await concurrently(5, (n) =>
        store().keys.rotate(tenant, key.id, nexts[n] ?? aKey(tenant), ends[n] ?? ''),
      );
      expect(answers).toEqual(ends.map(() => 'written'));
      expect(await store().keys.findByHash(key.hash)).toEqual({ ...key, expiresAt: ends[3] });
      for (const next of nexts) expect(await store().keys.findByHash(next.hash)).toEqual(next);
    });

    test('that are revoked or do not exist are not rotated', async () => {
      const tenant = newTenant();
      const key = aKey(tenant);
      const next = aKey(tenant);
      await store().keys.insert(key);
      await store().keys.revoke(tenant, key.id, '2026-02-01T00:00:00.000Z');
      expect(await store().keys.rotate(tenant, key.id, next, '2026-03-01T00:00:00.000Z')).toBe('missing');
      expect(await store().keys.rotate(tenant, 'none', next, '2026-03-01T00:00:00.000Z')).toBe('missing');
      expect(await store().keys.findByHash(next.hash)).toBeUndefined();
    });

    test('that do not exist cannot be revoked', async () => {
      expect(await store().keys.revoke(newTenant(), 'none', '2026-02-01T00:00:00.000Z')).toBeUndefined();
    });
  });
}
