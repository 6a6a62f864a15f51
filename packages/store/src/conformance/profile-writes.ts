import { describe, expect, test } from '@jest/globals';
import { CREATED_PROFILES_DATASET, type Identity, type ProfilePutRequest } from '../port.ts';
import { unique } from './samples.ts';
import { concurrently, newTenant, shuffled, type Shared } from './subject.ts';

const creation = () => ({ id: unique('profile'), at: '2026-01-02T03:04:05.678Z' });
const LIMIT = 1_000;

export function profileWriteCases(store: Shared): void {
  describe('profiles', () => {
    test('that are known, in the order of the batch', async () => {
      const tenant = newTenant();
      const identity = { ...tenant, namespace: 'email', value: 'ada@example.com' };
      await store().profiles.put(
        identity,
        { attributes: {}, identities: [{ namespace: 'crm', value: '1' }] },
        creation(),
      );
      const asked = [
        { ...identity, value: 'ADA@example.com ' },
        { ...identity, value: 'bob@example.com' },
        { ...tenant, namespace: 'CRM', value: '1' },
      ];
      expect(await store().profiles.known(asked)).toEqual([true, false, true]);
      expect(await store().profiles.known([])).toEqual([]);
    });

    test('put by hundreds are what putting each of them makes, the last of one person last', async () => {
      const tenant = newTenant();
      const request = (value: string, n: number, names: readonly string[] = []): ProfilePutRequest => ({
        identity: { ...tenant, namespace: 'crm', value },
        input: { attributes: { n }, identities: names.map((name) => ({ namespace: 'alias', value: name })) },
        create: creation(),
      });
      const many = Array.from({ length: 250 }, (_, n) => request(`value-${n % 200}`, n));
      const answers = await store().profiles.putMany([
        ...many,
        request('one', 1, ['shared']),
        request('two', 2, ['shared']),
        request('one', 3, ['other']),
      ]);
      expect(answers.map(({ kind }) => kind)).toEqual([...many.map(() => 'written'), 'written', 'conflict', 'written']);
      expect(answers.at(-2)).toEqual({ kind: 'conflict', identity: { namespace: 'alias', value: 'shared' } });
      const find = async (namespace: string, value: string) =>
        (await store().profiles.find({ ...tenant, namespace, value }))?.attributes;
      expect(await find('crm', 'value-0')).toEqual({ n: 200 });
      expect(await find('crm', 'value-199')).toEqual({ n: 199 });
      expect(await find('alias', 'shared')).toEqual({ n: 3 });
      expect(await find('alias', 'other')).toEqual({ n: 3 });
      expect(await store().profiles.count(tenant)).toEqual({ total: 201, created: 0 });
      expect(await store().profiles.putMany([])).toEqual([]);
    });

    test('put by several batches at once are one profile per person', async () => {
      const tenant = newTenant();
      const values = Array.from({ length: 60 }, (_, n) => `value-${n}`);
      await concurrently(4, (n) =>
        store().profiles.putMany(
          shuffled(values, n).map((value) => ({
            identity: { ...tenant, namespace: 'crm', value },
            input: { attributes: { n } },
            create: creation(),
          })),
        ),
      );
      expect(await store().profiles.count(tenant)).toEqual({ total: 60, created: 0 });
    });

    test('changed are merged name by name; null takes away; lists and texts are replaced', async () => {
      const tenant = newTenant();
      const identity = { ...tenant, namespace: 'email', value: 'ada@example.com' };
      const text = '{"a":{"b":1,"c":[1,{"x":1}],"d":{"e":2}},"z":0,"__proto__":{"p":1},"half \\ud83d":1}';
      await store().profiles.put(identity, { attributes: JSON.parse(text) as Record<string, unknown> }, creation());
      const patch = JSON.parse(
        '{"a":{"b":null,"c":[2],"d":{"f":3}},"z":{"y":null,"k":{"l":null}},"__proto__":{"q":2},"none":null}',
      ) as Record<string, unknown>;
      const identities = [{ namespace: 'crm', value: '1' }];
      const changed = await store().profiles.change(identity, { attributes: patch, identities, limit: LIMIT });
      const wanted = JSON.parse(
        '{"a":{"c":[2],"d":{"e":2,"f":3}},"z":{"k":{}},"__proto__":{"p":1,"q":2},"half \\ud83d":1}',
      ) as unknown;
      const profile = await store().profiles.find({ ...tenant, namespace: 'crm', value: '1' });
      expect(changed).toEqual({ kind: 'written', profile });
      expect(JSON.parse(JSON.stringify(profile?.attributes))).toEqual(wanted);
      expect(profile?.identities).toEqual([{ namespace: 'email', value: 'ada@example.com' }, ...identities]);
    });

    test('lose the devices of an endpoint, also while others come and go, and nothing else', async () => {
      const identity = { ...newTenant(), namespace: 'crm', value: 'ada' };
      const keys = { p256dh: 'A'.repeat(87), auth: 'A'.repeat(22) };
      const device = (endpoint: string) => ({
        platform: 'web',
        token: JSON.stringify({ endpoint, keys }),
        denylisted: false,
      });
      const others = [{ platform: 'apns', token: 'x' }, 'nonsense', device('https://push.example/1'), null];
      const gone = Array.from({ length: 8 }, (_, n) => device(`https://push.example/gone/${n}`));
      const attributes = { name: 'Ada', pushNotificationDetails: [...gone, ...others, ...gone] };
      await store().profiles.put(identity, { attributes }, creation());
      const forget = (endpoint: string) =>
        store().profiles.change(identity, { withoutDevice: endpoint, limit: Number.MAX_SAFE_INTEGER });
      await concurrently(gone.length, (n) => forget(`https://push.example/gone/${n}`));
      await forget('https://push.example/never');
      expect((await store().profiles.find(identity))?.attributes).toEqual({
        name: 'Ada',
        pushNotificationDetails: others,
      });
      const nobody = { ...identity, value: 'nobody' };
      const change = { withoutDevice: 'https://push.example/1', limit: LIMIT };
      expect(await store().profiles.change(nobody, change)).toEqual({ kind: 'missing' });
    });

    test('changed by many at once have every change', async () => {
      const identity = { ...newTenant(), namespace: 'email', value: 'ada@example.com' };
      await store().profiles.put(identity, { attributes: { kept: true } }, creation());
      await concurrently(20, (n) =>
        store().profiles.change(identity, { attributes: { [`n${n}`]: n, list: { [n]: 1 } }, limit: LIMIT }),
      );
      const attributes = (await store().profiles.find(identity))?.attributes ?? {};
      expect(Object.keys(attributes)).toHaveLength(22);
      expect(Object.keys(attributes['list'] as object)).toHaveLength(20);
    });

    test('changed: not where there is none, not over the limit, not to another one’s name', async () => {
      const tenant = newTenant();
      const [one, two] = ['one', 'two'].map((value): Identity => ({ ...tenant, namespace: 'crm', value }));
      if (one === undefined || two === undefined) throw new Error('two');
      const change = (identity: Identity, over: object = {}) =>
        store().profiles.change(identity, { attributes: { text: 'x'.repeat(80) }, limit: 100, ...over });
      expect(await change(one)).toEqual({ kind: 'missing' });
      expect(await store().profiles.known([one])).toEqual([false]);
      for (const identity of [one, two]) await store().profiles.put(identity, { attributes: { old: 1 } }, creation());
      const before = [await store().profiles.find(one), await store().profiles.find(two)];
      const identities = [{ namespace: 'alias', value: 'three' }];
      expect(await change(one, { limit: 98, identities })).toEqual({ kind: 'too-large' });
      const taken = [{ namespace: 'crm', value: 'two' }];
      expect(await change(one, { identities: taken })).toEqual({ kind: 'conflict', identity: taken[0] });
      expect([await store().profiles.find(one), await store().profiles.find(two)]).toEqual(before);
      expect(await store().profiles.known([{ ...tenant, namespace: 'alias', value: 'three' }])).toEqual([false]);
      expect(await change(one)).toMatchObject({ kind: 'written', profile: { attributes: { old: 1 } } });
    });

    test('are counted, those that calls created apart', async () => {
      const tenant = newTenant();
      expect(await store().profiles.count(tenant)).toEqual({ total: 0, created: 0 });
      const identity = (n: number) => ({ ...tenant, namespace: 'crm', value: String(n) });
      await store().profiles.resolve([1, 2, 2].map((n) => ({ ...identity(n), create: creation() })));
      for (const n of [2, 3]) await store().profiles.put(identity(n), { attributes: {} }, creation());
      expect(await store().profiles.count(tenant)).toEqual({ total: 3, created: 2 });
      expect((await store().profiles.find(identity(2)))?.dataset).toBe(CREATED_PROFILES_DATASET);
    });
  });
}
