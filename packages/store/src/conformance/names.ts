import { describe, expect, test } from '@jest/globals';
import { unique } from './samples.ts';
import { concurrently, newTenant, shuffled, type Shared } from './subject.ts';

const creation = () => ({ id: unique('profile'), at: '2026-01-02T03:04:05.678Z' });

export function nameCases(store: Shared): void {
  describe('profiles', () => {
    test('of several names are found by each, and keep every name as it came', async () => {
      const tenant = newTenant();
      const email = { ...tenant, namespace: 'email', value: 'Ada@example.com' };
      const names = [
        { namespace: 'Phone', value: '+4520123456' },
        { namespace: 'crm', value: 'half \ud83d' },
      ];
      const made = await store().profiles.put(email, { attributes: { a: 1 }, identities: names }, creation());
      const all = [{ namespace: 'email', value: 'Ada@example.com' }, ...names];
      expect(made).toMatchObject({ kind: 'written', profile: { identities: all, attributes: { a: 1 } } });
      const profile = made.kind === 'written' ? made.profile : undefined;
      for (const name of all) expect(await store().profiles.find({ ...tenant, ...name })).toEqual(profile);
      // By another of its names, with names that it has already, and one more.
      const more = [
        { namespace: 'EMAIL', value: 'ada@example.com ' },
        { namespace: 'ecid', value: '1' },
      ];
      const again = await store().profiles.put(
        { ...tenant, namespace: 'phone', value: '+4520123456' },
        { attributes: { b: 2 }, identities: more },
        creation(),
      );
      const grown = { ...profile, identities: [...all, more[1]], attributes: { b: 2 } };
      expect(again).toEqual({ kind: 'written', profile: grown });
      expect(await store().profiles.resolve([{ ...tenant, namespace: 'ecid', value: '1' }])).toEqual([
        { kind: 'found', profile: grown },
      ]);
      expect((await store().profiles.list(tenant, { limit: 10 })).items).toEqual([grown]);
    });

    test('do not take names from each other: neither is changed, and the name is told', async () => {
      const tenant = newTenant();
      const [one, two] = ['one', 'two'].map((value) => ({ ...tenant, namespace: 'crm', value }));
      if (one === undefined || two === undefined) throw new Error('two');
      for (const [n, identity] of [one, two].entries())
        await store().profiles.put(identity, { attributes: { n } }, creation());
      const [first, second] = [await store().profiles.find(one), await store().profiles.find(two)];
      const identities = [{ namespace: 'CRM', value: 'two' }];
      expect(await store().profiles.put(one, { attributes: { n: 3 }, identities }, creation())).toEqual({
        kind: 'conflict',
        identity: { namespace: 'CRM', value: 'two' },
      });
      expect(await store().profiles.find(one)).toEqual(first);
      expect(await store().profiles.find(two)).toEqual(second);
      const newcomer = { ...tenant, namespace: 'crm', value: 'three' };
      expect(await store().profiles.put(newcomer, { attributes: {}, identities }, creation())).toMatchObject({
        kind: 'conflict',
      });
    });

    test('a name that many profiles want at once is given to one of them', async () => {
      const tenant = newTenant();
      const wanted = { namespace: 'phone', value: '+4520123456' };
      const answers = await concurrently(20, (n) =>
        store().profiles.put(
          { ...tenant, namespace: 'crm', value: String(n) },
          { attributes: {}, identities: [wanted] },
          creation(),
        ),
      );
      const won = answers.flatMap((answer) => (answer.kind === 'written' ? [answer.profile] : []));
      expect(won).toHaveLength(1);
      expect((await store().profiles.find({ ...tenant, ...wanted }))?.id).toBe(won[0]?.id);
      expect((await store().profiles.list(tenant, { limit: 100 })).items).toEqual(won);
    });

    test('names that many profiles want at once, some of them each, are given all or none', async () => {
      const tenant = newTenant();
      const names = Array.from({ length: 12 }, (_, n) => ({ namespace: 'crm', value: `shared-${n}` }));
      const wanted = Array.from({ length: 16 }, (_, n) => shuffled(names, n).slice(0, 3));
      const answers = await concurrently(16, (n) =>
        store().profiles.put(
          { ...tenant, namespace: 'email', value: `${n}@example.com` },
          { attributes: { n }, identities: wanted[n] ?? [] },
          creation(),
        ),
      );
      const written = answers.flatMap((answer) => (answer.kind === 'written' ? [answer.profile] : []));
      expect(written.length).toBeGreaterThan(0);
      for (const [n, answer] of answers.entries()) {
        const own = { namespace: 'email', value: `${n}@example.com` };
        if (answer.kind === 'conflict') expect(await store().profiles.find({ ...tenant, ...own })).toBeUndefined();
        else expect(answer.profile).toMatchObject({ attributes: { n }, identities: [own, ...(wanted[n] ?? [])] });
      }
      const given = written.flatMap(({ identities }) => identities.map((name) => JSON.stringify(name)));
      expect(new Set(given).size).toBe(given.length);
      for (const profile of written)
        for (const name of profile.identities)
          expect(await store().profiles.find({ ...tenant, ...name })).toEqual(profile);
      expect((await store().profiles.list(tenant, { limit: 100 })).items).toHaveLength(written.length);
    });

    test('put at once by many with names of their own keep all of them', async () => {
      const tenant = newTenant();
      const identity = { ...tenant, namespace: 'email', value: 'ada@example.com' };
      const answers = await concurrently(10, (n) =>
        store().profiles.put(
          identity,
          { attributes: { n }, identities: [{ namespace: 'crm', value: String(n) }] },
          creation(),
        ),
      );
      expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => 'written'));
      const profile = await store().profiles.find(identity);
      expect(profile?.identities).toHaveLength(11);
      for (const name of profile?.identities ?? []) {
        expect(await store().profiles.find({ ...tenant, ...name })).toEqual(profile);
      }
    });
  });
}
