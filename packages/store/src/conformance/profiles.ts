import { describe, expect, test } from '@jest/globals';
import { CREATED_PROFILES_DATASET, type Identity, type Profile } from '../port.ts';
import { expectPaging } from './paging.ts';
import { unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, shuffled, type Shared } from './subject.ts';

const AT = '2026-01-02T03:04:05.678Z';
const creation = () => ({ id: unique('profile'), at: AT });

export function profileCases(store: Shared): void {
  /** The profile after a put that is expected to go through. */
  const put = async (
    identity: Identity,
    attributes: Readonly<Record<string, unknown>> = {},
    create = creation(),
  ): Promise<Profile> => {
    const answer = await store().profiles.put(identity, { attributes }, create);
    if (answer.kind !== 'written') throw new Error(answer.kind);
    return answer.profile;
  };

  describe('profiles', () => {
    test('are created with their identity only, in the dataset for it', async () => {
      const identity = { ...newTenant(), namespace: 'email', value: 'Ada@example.com' };
      const create = creation();
      const profile = {
        id: create.id,
        identities: [{ namespace: 'email', value: 'Ada@example.com' }],
        attributes: {},
        dataset: 'AJO Interactive Messaging Profile Dataset',
        createdAt: AT,
      };
      expect(await store().profiles.resolve([{ ...identity, create }])).toEqual([{ kind: 'created', profile }]);
      expect(await store().profiles.find(identity)).toEqual(profile);
      expect(await store().profiles.resolve([{ ...identity, create: creation() }])).toEqual([
        { kind: 'found', profile },
      ]);
    });

    test('created 100 times at once are one profile', async () => {
      const tenant = newTenant();
      const identity = { ...tenant, namespace: 'email', value: 'ada@example.com' };
      const answers = (
        await concurrently(100, () => store().profiles.resolve([{ ...identity, create: creation() }]))
      ).flat();
      expect(answers.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(answers.filter(({ kind }) => kind === 'found')).toHaveLength(99);
      const profile = await store().profiles.find(identity);
      for (const answer of answers) expect(answer).toEqual({ kind: answer.kind, profile });
      expect((await store().profiles.list(tenant, { limit: 10 })).items).toEqual([profile]);
    });

    test('created by many overlapping batches at once are created once each', async () => {
      const tenant = newTenant();
      const values = Array.from({ length: 300 }, (_, n) => `value-${n}`);
      const batches = Array.from({ length: 8 }, (_, n) => shuffled(values, n).slice(0, 200));
      const answers = await concurrently(8, (n) =>
        store().profiles.resolve(
          (batches[n] ?? []).map((value) => ({ ...tenant, namespace: 'crm', value, create: creation() })),
        ),
      );
      const created = answers.flatMap((batch, n) =>
        batch.flatMap(({ kind }, place) => (kind === 'created' ? [batches[n]?.[place]] : [])),
      );
      expect(new Set(created)).toEqual(new Set(batches.flat()));
      expect(created).toHaveLength(new Set(created).size);
      for (const [n, batch] of answers.entries()) {
        const found = batch.map((answer) => ('profile' in answer ? answer.profile.identities[0]?.value : undefined));
        expect(found).toEqual(batches[n]);
      }
      const ids = answers.flat().map((answer) => ('profile' in answer ? answer.profile.id : undefined));
      expect(new Set(ids).size).toBe(created.length);
    });

    test('are resolved in the order of the batch, with repeats in it', async () => {
      const tenant = newTenant();
      const ask = (value: string, create: boolean) => ({
        ...tenant,
        namespace: 'crm',
        value,
        ...(create ? { create: creation() } : {}),
      });
      const batch = [ask('a', false), ask('a', true), ask('b', true), ask('a', true), ask('a', false), ask('c', false)];
      const answers = await store().profiles.resolve(batch);
      expect(answers.map(({ kind }) => kind)).toEqual(['unknown', 'created', 'created', 'found', 'found', 'unknown']);
      const ids = answers.map((answer) => ('profile' in answer ? answer.profile.id : undefined));
      const [, a, b] = batch.map((request) => request.create?.id);
      expect(ids).toEqual([undefined, a, b, a, a, undefined]);
      expect(await store().profiles.resolve([])).toEqual([]);
    });

    test('that exist are never touched by a call, to the byte', async () => {
      const identity = { ...newTenant(), namespace: 'email', value: ' Ada@Example.com ' };
      await put(identity, { z: 1, a: { b: [null, 'x'] } });
      const before = JSON.stringify(await store().profiles.find(identity));
      await concurrently(20, () =>
        store().profiles.resolve([{ ...identity, value: 'ada@example.com', create: creation() }, identity]),
      );
      expect(JSON.stringify(await store().profiles.find(identity))).toBe(before);
    });

    test('are not created where no creation is asked for', async () => {
      const tenant = newTenant();
      const identity = { ...tenant, namespace: 'email', value: 'nobody@example.com' };
      expect(await store().profiles.resolve([identity])).toEqual([{ kind: 'unknown' }]);
      expect(await store().profiles.find(identity)).toBeUndefined();
      expect(await store().profiles.list(tenant, { limit: 10 })).toStrictEqual({ items: [] });
    });

    test.each<[string, Partial<Identity>, boolean]>([
      ['another case', { value: 'ADA@example.com' }, true],
      ['blanks around', { value: ' \tada@example.com\n' }, true],
      ['the namespace in another case', { namespace: ' EMAIL ' }, true],
      ['another namespace', { namespace: 'crm' }, false],
      ['another value', { value: 'adaa@example.com' }, false],
    ])('of an email address: %s', async (_, other, same) => {
      const identity = { ...newTenant(), namespace: 'Email', value: 'Ada@example.com' };
      const profile = await put(identity);
      expect(await store().profiles.find({ ...identity, ...other })).toEqual(same ? profile : undefined);
    });

    test('outside the namespace email are compared with their case', async () => {
      const identity = { ...newTenant(), namespace: 'CRM', value: ' Id-1' };
      const profile = await put(identity);
      expect(await store().profiles.find({ ...identity, namespace: 'crm', value: 'Id-1 ' })).toEqual(profile);
      expect(await store().profiles.find({ ...identity, value: 'id-1' })).toBeUndefined();
    });

    test('of identities that look alike are apart', async () => {
      const tenant = newTenant();
      const requests = HARD_TEXTS.map((value) => ({ ...tenant, namespace: 'crm', value, create: creation() }));
      const answers = await store().profiles.resolve(requests);
      expect(answers.map(({ kind }) => kind)).toEqual(HARD_TEXTS.map(() => 'created'));
      for (const request of requests) {
        const found = await store().profiles.find(request);
        expect(found?.id).toBe(request.create.id);
        expect(found?.identities).toEqual([{ namespace: 'crm', value: request.value }]);
      }
    });

    test('put: created without a dataset, then replaced in their attributes only', async () => {
      const identity = { ...newTenant(), namespace: 'email', value: 'ada@example.com' };
      const attributes = Object.fromEntries(HARD_TEXTS.map((text, index) => [`${index}${text}`, { deep: [text, 1] }]));
      const made = await put(identity, attributes);
      expect(made).toEqual({
        id: made.id,
        identities: [{ namespace: 'email', value: 'ada@example.com' }],
        attributes,
        createdAt: AT,
      });
      const again = await put({ ...identity, value: 'ADA@example.com' }, { b: 2 });
      expect(again).toEqual({ ...made, attributes: { b: 2 } });
      expect(await store().profiles.find(identity)).toEqual(again);
    });

    test('put keep attributes of any name, depth and number', async () => {
      const identity = { ...newTenant(), namespace: 'email', value: 'ada@example.com' };
      const deep = Array.from({ length: 500 }).reduce<unknown>((inner) => ({ a: [inner] }), 'end');
      const text = `{ "": 0, "$set": { "a.b": 1 }, "__proto__": { "x": 1 }, "1": 2 ,"a.b": [null, true, 1e300, 0.1],
        "id": ${Number.MAX_SAFE_INTEGER}, "_id": "x", "constructor": "c", "deep": ${JSON.stringify(deep)} }`;
      const attributes = JSON.parse(text) as Record<string, unknown>;
      await put(identity, attributes);
      const found = await store().profiles.find(identity);
      expect(JSON.stringify(found?.attributes)).toBe(JSON.stringify(attributes));
    });

    test('put over one that a call created leave it in its dataset', async () => {
      const identity = { ...newTenant(), namespace: 'email', value: 'ada@example.com' };
      await store().profiles.resolve([{ ...identity, create: creation() }]);
      expect(await put(identity, { a: 1 })).toMatchObject({ attributes: { a: 1 }, dataset: CREATED_PROFILES_DATASET });
    });

    test('put at once by many are one profile with the attributes of one of them', async () => {
      const tenant = newTenant();
      const identity = { ...tenant, namespace: 'email', value: 'ada@example.com' };
      const answers = await concurrently(30, (n) => put(identity, { n }));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect((await store().profiles.list(tenant, { limit: 10 })).items).toHaveLength(1);
    });

    test.each([true, false])(
      'are listed page by page, oldest first (those that calls created: %p)',
      async (created) => {
        const tenant = newTenant();
        const make = async (byCall: boolean): Promise<string> => {
          const create = creation();
          const identity = { ...tenant, namespace: 'crm', value: create.id };
          await (byCall ? store().profiles.resolve([{ ...identity, create }]) : put(identity, {}, create));
          return create.id;
        };
        const all = [];
        for (const byCall of [true, false, true, true, false, true]) all.push({ byCall, id: await make(byCall) });
        await expectPaging({
          list: (page) =>
            store().profiles.list(tenant, { ...page, ...(created ? { dataset: CREATED_PROFILES_DATASET } : {}) }),
          idOf: ({ id }) => id,
          ids: all.filter(({ byCall }) => byCall || !created).map(({ id }) => id),
          add: () => make(true),
        });
      },
    );
  });
}
