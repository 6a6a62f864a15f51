import { expect, test } from '@jest/globals';
import { systemRuntime } from '@herald/service-kit';
import { aClaim, aHead, aKey, anAttempt, anExecution, aResult, aSurface, aVersion } from '@herald/store/conformance';
import { createMongoStore } from '@herald/store/mongo';
import { until } from '../support/until.ts';
import { frailStore } from './frail-store.ts';
import { countDocuments } from './mongo-server.ts';

const TENANT = { org: 'org', sandbox: 'prod' };
const ADA = { ...TENANT, namespace: 'email', value: 'ada@example.com' };
const AT = '2026-01-02T03:04:05.678Z';
const UNAVAILABLE = { name: 'Outage', code: 'unavailable' };

const frail = frailStore();

test("a claim whose answer is lost is this caller's all the same; what was there is not", async () => {
  const [there, fresh] = [anAttempt(), anAttempt()];
  await frail().store.ledger.claim([aClaim(TENANT, there)]);
  const hits = frail().wire.breakOnceAt('answer', 'insert', 'ledger');
  const claims = [aClaim(TENANT, there), aClaim(TENANT, fresh), aClaim(TENANT, fresh)];
  expect(await frail().store.ledger.claim(claims)).toEqual([false, true, false]);
  expect(hits()).toBe(1);
  expect(await frail().store.ledger.claim(claims)).toEqual([false, false, false]);
});

test('an insert that did not arrive is made again', async () => {
  const key = anAttempt();
  const record = anExecution(TENANT);
  await frail().store.ledger.claim([aClaim(TENANT, key)]);
  for (const [words, insert, answer] of [
    [['insert', 'ledger'], () => frail().store.ledger.settle([aResult(key)]), [true]],
    [['insert', 'executions'], () => frail().store.executions.insert([record]), [{ inserted: true }]],
  ] as const) {
    const hits = frail().wire.breakOnceAt('request', ...words);
    expect(await insert()).toEqual(answer);
    expect(hits()).toBe(1);
  }
});

test('an execution, a profile and a key whose answer is lost are inserted by this call', async () => {
  const record = anExecution(TENANT);
  frail().wire.breakOnceAt('answer', 'insert', 'executions');
  expect(await frail().store.executions.insert([record])).toEqual([{ inserted: true }]);
  frail().wire.breakOnceAt('answer', 'insert', 'identities');
  frail().wire.breakOnceAt('answer', 'insert', 'profiles');
  const create = { id: 'ada', at: AT };
  expect(await frail().store.profiles.resolve([{ ...ADA, create }])).toMatchObject([
    { kind: 'created', profile: { id: 'ada' } },
  ]);
  const key = aKey(TENANT);
  frail().wire.breakOnceAt('answer', 'insert', 'keys');
  expect(await frail().store.keys.insert(key)).toBe(true);
  expect(await frail().store.keys.insert(key)).toBe(false);
});

test('a read whose answer is lost is made again', async () => {
  const surface = aSurface();
  await frail().store.surfaces.insert(TENANT, surface);
  const hits = frail().wire.breakOnceAt('answer', 'find', 'surfaces');
  expect(await frail().store.surfaces.get(TENANT, surface.id)).toEqual(surface);
  expect(hits()).toBe(1);
});

test('a claim that is answered neither time is an outage, and may have taken effect', async () => {
  const key = anAttempt();
  const hits = frail().wire.breakAt('answer', 'insert', 'ledger');
  await expect(frail().store.ledger.claim([aClaim(TENANT, key)])).rejects.toMatchObject(UNAVAILABLE);
  expect(hits()).toBe(2);
  frail().wire.mend();
  expect(await frail().store.ledger.claim([aClaim(TENANT, key)])).toEqual([false]);
  expect(await frail().store.ledger.attempts([key])).toEqual([{ claim: aClaim(TENANT, key), takeovers: [] }]);
});

test('a command that is never answered is an outage in bounded time, on a connection that looks alive', async () => {
  const options = {
    url: frail().wire.url,
    database: frail().database,
    newId: systemRuntime.newId,
    answerWithinMs: 300,
  };
  const impatient = await createMongoStore(options);
  try {
    for (const [words, call] of [
      [['insert', 'ledger'], () => impatient.ledger.claim([aClaim(TENANT, anAttempt())])],
      [['find', 'keys'], () => impatient.keys.findByHash('none')],
      [['findAndModify', 'surfaces'], () => impatient.surfaces.replace(TENANT, aSurface({ revision: 2 }))],
    ] as const) {
      const hits = frail().wire.breakAt('silence', ...words);
      const began = performance.now();
      await expect(call()).rejects.toMatchObject(UNAVAILABLE);
      // Twice the answer's time where it is asked again, and what goes with it.
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(hits()).toBeGreaterThan(0);
    }
  } finally {
    await impatient.close();
  }
});

test('a change of the configuration that a crash kept from being counted is counted by whoever reads', async () => {
  const other = await createMongoStore({
    url: frail().url,
    database: frail().database,
    newId: systemRuntime.newId,
    changeTakesMs: 300,
  });
  try {
    const before = await other.configRevision();
    const surface = aSurface();
    const hits = frail().wire.breakAt('request', 'update', 'settings', '$inc');
    await expect(frail().store.surfaces.insert(TENANT, surface)).rejects.toMatchObject(UNAVAILABLE);
    expect(hits()).toBeGreaterThan(0);
    expect(await other.surfaces.get(TENANT, surface.id)).toEqual(surface);
    expect(await other.configRevision()).toBe(before);
    const after = await until('the revision grows', async () => {
      const revision = await other.configRevision();
      return revision > before ? revision : undefined;
    });
    // Once: it does not go on growing.
    await other.keys.insert(aKey(TENANT));
    expect(await other.configRevision()).toBe(after + 1);
  } finally {
    await other.close();
  }
});

test('a change whose answer says nothing is counted: it may have been made', async () => {
  const before = await frail().store.configRevision();
  const surface = aSurface();
  frail().wire.breakAt('request', 'insert', 'surfaces');
  await expect(frail().store.surfaces.insert(TENANT, surface)).rejects.toMatchObject(UNAVAILABLE);
  frail().wire.mend();
  // It may have been made: readers look again.
  await until('the revision grows', async () => (await frail().store.configRevision()) > before);
  await frail().store.surfaces.insert(TENANT, surface);
  expect(await frail().store.surfaces.get(TENANT, surface.id)).toEqual(surface);
});

test('a campaign whose change is lost half way is as it was, and can be changed', async () => {
  const head = aHead();
  await frail().store.campaigns.insert(TENANT, head, aVersion(1, 'one'));
  const next = { ...head, revision: 2 };
  frail().wire.breakAt('request', 'findAndModify', 'campaigns');
  await expect(frail().store.campaigns.update(TENANT, next, aVersion(1, 'lost'))).rejects.toMatchObject(UNAVAILABLE);
  frail().wire.mend();
  expect(await frail().store.campaigns.get(TENANT, head.id)).toEqual({ head, newest: aVersion(1, 'one') });
  expect(await frail().store.campaigns.update(TENANT, next, aVersion(1, 'two'))).toEqual({
    kind: 'written',
    value: next,
  });
  expect(await frail().store.campaigns.get(TENANT, head.id)).toEqual({ head: next, newest: aVersion(1, 'two') });
  // Neither the lost content nor the one that was replaced is kept.
  expect(await countDocuments(frail().url, frail().database, 'contents')).toBe(1);
});

test('a campaign that a crash kept from being inserted can be inserted', async () => {
  const head = aHead();
  frail().wire.breakAt('request', 'insert', 'campaigns');
  await expect(frail().store.campaigns.insert(TENANT, head, aVersion(1, 'lost'))).rejects.toMatchObject(UNAVAILABLE);
  frail().wire.mend();
  expect(await frail().store.campaigns.get(TENANT, head.id)).toBeUndefined();
  await frail().store.campaigns.insert(TENANT, head, aVersion(1, 'one'));
  expect(await frail().store.campaigns.get(TENANT, head.id)).toEqual({ head, newest: aVersion(1, 'one') });
});

test('a key whose rotation a crash interrupted is as it was, and can be rotated', async () => {
  const key = aKey(TENANT);
  await frail().store.keys.insert(key);
  frail().wire.breakAt('request', 'findAndModify', 'keys');
  await expect(frail().store.keys.rotate(TENANT, key.id, aKey(TENANT), AT)).rejects.toMatchObject(UNAVAILABLE);
  frail().wire.mend();
  expect(await frail().store.keys.findByHash(key.hash)).toEqual(key);
  const next = aKey(TENANT);
  expect(await frail().store.keys.rotate(TENANT, key.id, next, AT)).toBe('written');
  expect(await frail().store.keys.findByHash(key.hash)).toEqual({ ...key, expiresAt: AT });
  expect(await frail().store.keys.findByHash(next.hash)).toEqual(next);
});

test('a count whose answer is lost is not made twice', async () => {
  const request = { ...TENANT, key: 'k', window: 1, limit: 2 };
  const hits = frail().wire.breakOnceAt('answer', 'insert', 'caps');
  expect(await frail().store.caps.take([request])).toEqual([true]);
  expect(hits()).toBe(1);
  frail().wire.mend();
  expect(await frail().store.caps.take([request, request])).toEqual([true, false]);
});

test('of two rotations, one in the midst of the other, the earlier end stays', async () => {
  const key = aKey(TENANT);
  await frail().store.keys.insert(key);
  const held = frail().wire.holdAt('findAndModify', 'keys');
  const late = frail().store.keys.rotate(TENANT, key.id, aKey(TENANT), '2026-06-02T00:00:00.000Z');
  await held.came;
  const end = '2026-06-01T00:00:00.000Z';
  expect(await frail().store.keys.rotate(TENANT, key.id, aKey(TENANT), end)).toBe('written');
  held.letGo();
  expect(await late).toBe('written');
  expect(await frail().store.keys.findByHash(key.hash)).toEqual({ ...key, expiresAt: end });
});

test('a key that is revoked in the midst of its rotation has no next one', async () => {
  const [key, next] = [aKey(TENANT), aKey(TENANT)];
  await frail().store.keys.insert(key);
  const held = frail().wire.holdAt('findAndModify', 'keys');
  const rotation = frail().store.keys.rotate(TENANT, key.id, next, '2026-06-02T00:00:00.000Z');
  await held.came;
  expect(await frail().store.keys.revoke(TENANT, key.id, AT)).toMatchObject({ id: key.id, revokedAt: AT });
  held.letGo();
  expect(await rotation).toBe('missing');
  expect(await frail().store.keys.findByHash(next.hash)).toBeUndefined();
});
