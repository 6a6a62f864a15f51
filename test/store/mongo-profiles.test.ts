import { describe, expect, test } from '@jest/globals';
import { frailStore } from './frail-store.ts';
import { countDocuments } from './mongo-server.ts';

const TENANT = { org: 'org', sandbox: 'prod' };
const ADA = { ...TENANT, namespace: 'email', value: 'ada@example.com' };
const AT = '2026-01-02T03:04:05.678Z';
const UNAVAILABLE = { name: 'Outage', code: 'unavailable' };

const frail = frailStore();

test.each(['resolve', 'find', 'put'])(
  'a profile that a crash kept from being made is made by the next %s',
  async (by) => {
    frail().wire.breakAt('request', 'insert', 'profiles');
    const first = frail().store.profiles.resolve([{ ...ADA, create: { id: 'first', at: AT } }]);
    await expect(first).rejects.toMatchObject(UNAVAILABLE);
    frail().wire.mend();
    expect((await frail().store.profiles.list(TENANT, { limit: 10 })).items).toEqual([]);
    const create = { id: 'second', at: AT };
    if (by === 'resolve')
      expect(await frail().store.profiles.resolve([{ ...ADA, create }])).toMatchObject([
        { kind: 'found', profile: { id: 'first' } },
      ]);
    else if (by === 'find')
      expect(await frail().store.profiles.find(ADA)).toMatchObject({ id: 'first', attributes: {} });
    else
      expect(await frail().store.profiles.put(ADA, { attributes: { a: 1 } }, create)).toMatchObject({
        profile: { id: 'first', attributes: { a: 1 } },
      });
    const { items } = await frail().store.profiles.list(TENANT, { limit: 10 });
    expect(items).toEqual([await frail().store.profiles.find(ADA)]);
    expect(items).toMatchObject([{ id: 'first', identities: [{ namespace: 'email', value: ADA.value }] }]);
  },
);

describe('a profile that is given a further name', () => {
  const PHONE = { namespace: 'phone', value: '+4520123456' };
  const put = (attributes: object, id: string) =>
    frail().store.profiles.put(ADA, { attributes: { ...attributes }, identities: [PHONE] }, { id, at: AT });
  const names = [{ namespace: 'email', value: ADA.value }, PHONE];

  /** A put that does not get past the command with these words; `known`: of a profile that was there. */
  async function interrupted(known: boolean, ...words: string[]): Promise<void> {
    if (known) await frail().store.profiles.put(ADA, { attributes: { old: true } }, { id: 'known', at: AT });
    const hits = frail().wire.breakAt('request', ...words);
    await expect(put({ lost: true }, 'lost')).rejects.toMatchObject(UNAVAILABLE);
    expect(hits()).toBeGreaterThan(0);
    frail().wire.mend();
  }

  /** Each of the writes that a put makes. */
  const POINTS = [
    ['the name is reserved', 'insert', 'identities', 'pending'],
    ['the name is given', 'update', 'identities', 'pending'],
    ['names and attributes are written', 'findAndModify', 'profiles'],
  ] as const;

  test.each(POINTS)('is told of no change by a crash before %s, and the next put goes through', async (_, ...words) => {
    await interrupted(true, ...words);
    expect(await frail().store.profiles.find(ADA)).toMatchObject({ id: 'known', attributes: { old: true } });
    expect(await put({ n: 1 }, 'next')).toMatchObject({
      kind: 'written',
      profile: { id: 'known', identities: names, attributes: { n: 1 } },
    });
    expect(await frail().store.profiles.find({ ...TENANT, ...PHONE })).toEqual(await frail().store.profiles.find(ADA));
    expect((await frail().store.profiles.list(TENANT, { limit: 10 })).items).toHaveLength(1);
  });

  test.each([
    ...POINTS,
    ['the first name is given', 'insert', 'identities', 'first'],
    ['it is made', 'insert', 'profiles'],
  ])('and was not there: a crash before %s, and the next put goes through', async (_, ...words) => {
    await interrupted(false, ...words);
    expect(await put({ n: 1 }, 'next')).toMatchObject({
      kind: 'written',
      profile: { identities: names, attributes: { n: 1 } },
    });
    const profile = await frail().store.profiles.find(ADA);
    expect(profile).toMatchObject({ identities: names, attributes: { n: 1 } });
    expect(await frail().store.profiles.find({ ...TENANT, ...PHONE })).toEqual(profile);
    expect((await frail().store.profiles.list(TENANT, { limit: 10 })).items).toEqual([profile]);
  });

  test('is known by it as soon as the name is given', async () => {
    await interrupted(true, 'findAndModify', 'profiles');
    const profile = await frail().store.profiles.find({ ...TENANT, ...PHONE });
    expect(profile).toMatchObject({ id: 'known', identities: names, attributes: { old: true } });
    expect(await frail().store.profiles.find(ADA)).toEqual(profile);
  });

  test('does not have it while it is reserved: a call may create another profile of that name', async () => {
    await interrupted(true, 'update', 'identities', 'pending');
    const phone = { ...TENANT, ...PHONE };
    expect(await frail().store.profiles.find(phone)).toBeUndefined();
    expect(await frail().store.profiles.resolve([phone])).toEqual([{ kind: 'unknown' }]);
    expect(await frail().store.profiles.resolve([{ ...phone, create: { id: 'created', at: AT } }])).toMatchObject([
      { kind: 'created', profile: { id: 'created' } },
    ]);
    expect(await put({ n: 1 }, 'next')).toEqual({ kind: 'conflict', identity: PHONE });
    expect(await frail().store.profiles.find(ADA)).toMatchObject({ identities: [names[0]], attributes: { old: true } });
  });

  test('does not keep another profile from having it once the reservation is old', async () => {
    await interrupted(true, 'update', 'identities', 'pending');
    const other = { ...TENANT, namespace: 'crm', value: '1' };
    const answer = await frail().store.profiles.put(
      other,
      { attributes: {}, identities: [PHONE] },
      { id: 'other', at: AT },
    );
    expect(answer).toMatchObject({ kind: 'written', profile: { id: 'other' } });
    expect(await frail().store.profiles.find({ ...TENANT, ...PHONE })).toMatchObject({ id: 'other' });
  });
});

test('a put whose name is taken between reserving and giving is told so, and leaves the attributes', async () => {
  const phone = { ...TENANT, namespace: 'phone', value: '+4520123456' };
  await frail().store.profiles.put(ADA, { attributes: { old: true } }, { id: 'known', at: AT });
  const held = frail().wire.holdAt('update', 'identities', 'pending');
  const identity = { namespace: phone.namespace, value: phone.value };
  const put = frail().store.profiles.put(ADA, { attributes: {}, identities: [identity] }, { id: 'late', at: AT });
  await held.came;
  const create = { id: 'quick', at: AT };
  expect(await frail().store.profiles.resolve([{ ...phone, create }])).toMatchObject([{ kind: 'created' }]);
  held.letGo();
  expect(await put).toEqual({ kind: 'conflict', identity });
  expect(await frail().store.profiles.find(phone)).toMatchObject({ id: 'quick' });
  expect(await frail().store.profiles.find(ADA)).toMatchObject({ id: 'known', attributes: { old: true } });
});

test('nothing stays reserved for those who wanted a name in vain', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      frail().store.profiles.put(
        { ...TENANT, namespace: 'email', value: `${n}@example.com` },
        { attributes: {}, identities: ['shared', `own-${n}`].map((value) => ({ namespace: 'crm', value })) },
        { id: String(n), at: AT },
      ),
    ),
  );
  expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
  expect(await countDocuments(frail().url, frail().database, 'identities')).toBe(3);
});
