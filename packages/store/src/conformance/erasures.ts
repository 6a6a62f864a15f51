import { describe, expect, test } from '@jest/globals';
import type { IdentityName, Tenant } from '@herald/contracts';
import type { Erasure, ErasureQuestion, Obstacle } from '../port.ts';
import { anExecution, aSuppression, unique } from './samples.ts';
import { concurrently, newTenant, type Shared } from './subject.ts';

const AT = '2026-01-02T03:04:05.678Z';
const ERASED_AT = Date.parse(AT);
const UNTIL = ERASED_AT + 1_000;
const creation = () => ({ id: unique('profile'), at: AT });
const ADA: IdentityName = { namespace: 'email', value: 'Ada@example.com' };
const CRM: IdentityName = { namespace: 'crm', value: '1' };

/** An erasure of Ada: what a caller would compute of her is spelled out. */
const erasureOf = (tenant: Tenant, over: Partial<Erasure> = {}): Erasure => ({
  identity: { ...tenant, ...ADA },
  identities: ['mark-of-email', 'mark-of-crm'],
  addresses: [{ channel: 'email', address: 'ada@example.com', hash: 'A'.repeat(22) }],
  windows: [1, 2],
  at: ERASED_AT,
  until: UNTIL,
  ...over,
});

export function erasureCases(store: Shared): void {
  const putAda = (tenant: Tenant, returning: readonly string[] = []) =>
    store().profiles.put({ ...tenant, ...ADA }, { attributes: { a: 1 }, identities: [CRM], returning }, creation());
  const obstacle = async (tenant: Tenant, erasure: ErasureQuestion): Promise<Obstacle | undefined> => {
    const question = { ...tenant, channel: 'email' as const, address: 'nobody@example.com', erasure };
    return (await store().suppressions.check([question]))[0];
  };
  const blocked = async (tenant: Tenant, mark: string, acceptedAt: number): Promise<boolean> =>
    (await obstacle(tenant, { marks: ['mark-of-nobody', mark], acceptedAt })) !== undefined;

  describe('an erasure', () => {
    test('deletes the profile with every name, says what it was, and may be repeated', async () => {
      const tenant = newTenant();
      await putAda(tenant);
      await store().profiles.put({ ...tenant, namespace: 'crm', value: '2' }, { attributes: {} }, creation());
      const before = await store().profiles.find({ ...tenant, ...CRM });
      const erased = await store().profiles.erase(erasureOf(tenant, { identity: { ...tenant, ...CRM } }));
      expect(erased).toEqual({ profile: before, searchEntries: 0, counters: 0, suppressions: 0 });
      expect(await store().profiles.known([ADA, CRM].map((name) => ({ ...tenant, ...name })))).toEqual([false, false]);
      expect((await store().profiles.list(tenant, { limit: 10 })).items.map(({ identities }) => identities)).toEqual([
        [{ namespace: 'crm', value: '2' }],
      ]);
      expect(await store().profiles.count(tenant)).toEqual({ total: 1, created: 0 });
      expect(await store().profiles.erase(erasureOf(tenant))).toEqual({
        searchEntries: 0,
        counters: 0,
        suppressions: 0,
      });
    });

    test('keeps everything from an identity, and from an address what was accepted until then', async () => {
      const tenant = newTenant();
      await store().profiles.erase(erasureOf(tenant));
      for (const acceptedAt of [0, ERASED_AT, ERASED_AT + 1]) {
        expect(await blocked(tenant, 'mark-of-email', acceptedAt)).toBe(true);
        expect(await blocked(tenant, 'mark-of-crm', acceptedAt)).toBe(true);
        expect(await blocked(tenant, 'A'.repeat(22), acceptedAt)).toBe(acceptedAt <= ERASED_AT);
        expect(await blocked(tenant, 'mark-of-another', acceptedAt)).toBe(false);
      }
      expect(await obstacle(tenant, { marks: ['mark-of-crm'], acceptedAt: 0 })).toEqual({ kind: 'erased' });
      expect(await obstacle(tenant, { marks: [], acceptedAt: 0 })).toBeUndefined();
    });

    test('is over for what is accepted later, once the person is put again; what was accepted before stays', async () => {
      const tenant = newTenant();
      await putAda(tenant);
      await store().profiles.erase(erasureOf(tenant));
      expect(await putAda(tenant, ['mark-of-email', 'mark-of-crm', 'mark-of-nobody'])).toMatchObject({
        kind: 'written',
      });
      for (const mark of ['mark-of-email', 'mark-of-crm']) {
        expect(await blocked(tenant, mark, ERASED_AT)).toBe(true);
        expect(await blocked(tenant, mark, ERASED_AT + 1)).toBe(false);
      }
      await store().profiles.erase(erasureOf(tenant, { at: ERASED_AT + 5 }));
      expect(await blocked(tenant, 'mark-of-crm', ERASED_AT + 6)).toBe(true);
      await store().profiles.change({ ...tenant, ...ADA }, { attributes: {}, returning: ['mark-of-crm'], limit: 100 });
      // There was nothing to change, so nothing is over.
      expect(await blocked(tenant, 'mark-of-crm', ERASED_AT + 6)).toBe(true);
    });

    test('keeps the profile from being created again, at whatever moment it comes', async () => {
      const tenant = newTenant();
      const request = { ...tenant, ...ADA, create: creation(), erasure: { marks: ['mark-of-email'], acceptedAt: 0 } };
      await store().profiles.erase(erasureOf(tenant));
      expect(await store().profiles.resolve([request, { ...tenant, ...CRM }])).toEqual([
        { kind: 'erased' },
        { kind: 'unknown' },
      ]);
      for (let n = 0; n < 20; n += 1) {
        const other = newTenant();
        await concurrently(12, async (place) => {
          if (place === 6) await store().profiles.erase(erasureOf(other));
          else await store().profiles.resolve([{ ...request, ...other, create: creation() }]);
        });
        // Created before, and then deleted with the rest; or not at all.
        expect(await store().profiles.find({ ...other, ...ADA })).toBeUndefined();
        expect((await store().profiles.list(other, { limit: 10 })).items).toEqual([]);
      }
    });

    test('leaves a profile that is there alone: whoever put it wants it', async () => {
      const tenant = newTenant();
      await store().profiles.erase(erasureOf(tenant));
      await putAda(tenant);
      const erasure = { marks: ['mark-of-email'], acceptedAt: 0 };
      expect(await store().profiles.resolve([{ ...tenant, ...ADA, erasure }])).toMatchObject([{ kind: 'found' }]);
    });

    test('takes away what leads to the person: search and counts, of that tenant and those hashes alone', async () => {
      const tenant = newTenant();
      const other = newTenant();
      const execution = (owner: Tenant, ...recipients: string[]) => anExecution(owner, { recipients });
      await store().executions.insert([
        execution(tenant, 'mark-of-email', 'mark-of-bob'),
        execution(tenant, 'mark-of-crm'),
        execution(tenant, 'mark-of-bob'),
        execution(other, 'mark-of-email'),
      ]);
      const count = (owner: Tenant, key: string) => ({ ...owner, key, window: 1, limit: 1 });
      const asked = [count(tenant, 'A'.repeat(22)), count(tenant, 'B'), count(other, 'A'.repeat(22))];
      expect(await store().caps.take(asked)).toEqual([true, true, true]);
      expect(await store().profiles.erase(erasureOf(tenant))).toMatchObject({ searchEntries: 2, counters: 1 });
      const found = async (owner: Tenant, recipient: string): Promise<number> =>
        (await store().executions.list(owner, { limit: 10, recipient })).items.length;
      expect(await found(tenant, 'mark-of-email')).toBe(0);
      expect(await found(tenant, 'mark-of-crm')).toBe(0);
      expect(await found(tenant, 'mark-of-bob')).toBe(2);
      expect(await found(other, 'mark-of-email')).toBe(1);
      expect((await store().executions.list(tenant, { limit: 10 })).items).toHaveLength(3);
      // A process may still remember how full a window was; nothing is stored of it.
      expect((await store().caps.take(asked)).slice(1)).toEqual([false, false]);
      expect(await store().profiles.erase(erasureOf(other))).toMatchObject({ searchEntries: 1, counters: 1 });
    });

    test('leaves suppressions in force, under a hash in place of the address', async () => {
      const tenant = newTenant();
      await store().suppressions.add(tenant, aSuppression('ADA@example.com', { reason: 'complaint' }));
      await store().suppressions.add(tenant, aSuppression('bob@example.com'));
      expect(await store().profiles.erase(erasureOf(tenant))).toMatchObject({ suppressions: 1 });
      expect((await store().suppressions.list(tenant, { limit: 10 })).items).toEqual([
        aSuppression('bob@example.com'),
        aSuppression(`hash:${'A'.repeat(22)}`, { reason: 'complaint' }),
      ]);
      const check = async (hash: string) =>
        (await store().suppressions.check([{ ...tenant, channel: 'email', address: 'ada@example.com', hash }]))[0];
      expect(await check('A'.repeat(22))).toEqual({ kind: 'suppressed', by: 'hash' });
      expect(await check('B'.repeat(22))).toBeUndefined();
      // Suppressed again in between, and erased again: one entry.
      await store().suppressions.add(tenant, aSuppression('ada@example.com'));
      expect(await store().profiles.erase(erasureOf(tenant))).toMatchObject({ suppressions: 1 });
      expect((await store().suppressions.list(tenant, { limit: 10 })).items).toHaveLength(2);
      expect(await store().suppressions.remove(tenant, 'email', `hash:${'A'.repeat(22)}`)).toBe(true);
      expect(await check('A'.repeat(22))).toBeUndefined();
      await store().suppressions.add(tenant, aSuppression(`hash:${'A'.repeat(22)}`));
      expect(await check('A'.repeat(22))).toEqual({ kind: 'suppressed', by: 'hash' });
    });
  });
}
