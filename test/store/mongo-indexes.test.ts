import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemRuntime } from '@herald/service-kit';
import { CREATED_PROFILES_DATASET, type Store } from '@herald/store';
import {
  aClaim,
  aDeadLetter,
  anEnding,
  anEntry,
  aFixture,
  aHead,
  aKey,
  anExecution,
  aSuppression,
  aSurface,
  aDelivery,
  anUpload,
  aVersion,
  aWebhook,
  NOW,
  unique,
} from '@herald/store/conformance';
import { createMongoStore, migrate } from '@herald/store/mongo';
import mongoose, { type mongo } from 'mongoose';
import { BUILD_MS, dropDatabase, mongoServer, newDatabase } from './mongo-server.ts';

const TENANTS = ['one', 'two', 'three'].map((org) => ({ org, sandbox: 'prod' }));
const [TENANT = { org: '', sandbox: '' }] = TENANTS;
const AT = '2026-01-02T03:04:05.678Z';
const EACH = 60;
const PAGE = { limit: 5 };
const range = Array.from({ length: EACH }, (_, n) => n);

let server: Awaited<ReturnType<typeof mongoServer>>;
let store: Store;
let client: mongo.MongoClient;
let sent: mongo.Document[] = [];
const database = newDatabase();

/** What the store sends while it runs `call`. */
async function commandsOf(call: () => Promise<unknown>): Promise<mongo.Document[]> {
  sent = [];
  await call();
  return sent;
}

beforeAll(async () => {
  server = await mongoServer();
  await migrate({ url: server.url, database });
  const before = new Set(mongoose.connections);
  store = await createMongoStore({ url: `${server.url}&monitorCommands=true`, database, newId: systemRuntime.newId });
  const connection = mongoose.connections.find((other) => !before.has(other));
  if (connection === undefined) throw new Error('the store has no connection');
  client = connection.getClient();
  client.on('commandStarted', ({ command }) => sent.push(command));
}, BUILD_MS);
afterAll(async () => {
  await store.close();
  await dropDatabase(server.url, database);
  await server.stop();
});

const OF_THE_SESSION = ['lsid', '$db', '$clusterTime', 'readConcern', 'writeConcern'];

/** What the database would do for a command: the stages of its plan, and how many documents it would look at. */
async function planOf(sentCommand: mongo.Document) {
  const command = Object.fromEntries(Object.entries(sentCommand).filter(([name]) => !OF_THE_SESSION.includes(name)));
  const explained = await client.db(database).command({ explain: command, verbosity: 'executionStats' });
  const stages = [...JSON.stringify(explained['queryPlanner'].winningPlan).matchAll(/"stage":"([A-Z_]+)"/g)].map(
    ([, name]) => name,
  );
  return { stages, examined: Number(explained['executionStats'].totalDocsExamined) };
}

const records = TENANTS.flatMap((tenant) =>
  range.map((n) =>
    anExecution(tenant, { campaignId: `campaign-${n % 3}`, requestId: `request-${n % 20}`, deadline: NOW + n * 1_000 }),
  ),
);
const [record = anExecution(TENANT)] = records;
const claims = records.map((execution) =>
  aClaim(execution, { messageId: `${execution.executionId}.0`, round: 1, attempt: 1 }),
);
const messageIds = claims.map(({ messageId }) => messageId);
const identity = (n: number) => ({ ...TENANT, namespace: 'crm', value: `value-${n}` });
const address = (n: number) => ({ ...TENANT, channel: 'email' as const, address: `somebody-${n}@example.com` });
const count = (n: number, limit: number) => ({ ...TENANT, key: `key-${n}`, window: NOW, limit });
const key = aKey(TENANT);
const surface = aSurface();
const webhook = aWebhook();
const delivery = aDelivery(TENANT);
const head = aHead();

beforeAll(async () => {
  await store.executions.insert(records);
  await store.executions.confirm(records.map(({ executionId }) => executionId));
  await store.ledger.claim(claims);
  await store.endings.insert(
    records.flatMap((one, n) => [
      anEnding(one, { messageId: `${one.executionId}.0`, campaignId: one.campaignId }),
      anEnding(one, {
        messageId: `${one.executionId}.1`,
        campaignId: one.campaignId,
        state: 'dead',
        reason: `r${n % 3}`,
      }),
    ]),
  );
  await store.keys.insert(key);
  await store.executions.cancel(record.executionId, { at: NOW, by: 'key' });
  // By another process: this one does not know how full the windows are.
  const other = await createMongoStore({ url: server.url, database, newId: systemRuntime.newId });
  await other.caps.take(range.flatMap((n) => [count(n, 9), count(n, 9), count(n, 9)]));
  await other.close();
  await store.webhooks.insert(TENANT, webhook);
  await store.surfaces.insert(TENANT, surface);
  await store.campaigns.insert(TENANT, head, aVersion());
  for (const name of ['f1', 'f2']) await store.fixtures.put(TENANT, head.id, aFixture(name), 5);
  for (const tenant of TENANTS) {
    for (const n of range) {
      await store.keys.insert(aKey(tenant));
      await store.surfaces.insert(tenant, aSurface());
      await store.campaigns.insert(tenant, aHead(), aVersion());
      await store.suppressions.add(tenant, aSuppression(address(n).address));
      await store.profiles.put({ ...identity(n), ...tenant }, { attributes: {} }, { id: `put-${n}`, at: AT });
    }
    await store.deadLetters.insert(range.map(() => aDeadLetter(tenant)));
    for (const _ of range) await store.webhooks.insert(tenant, aWebhook());
    await store.webhookDeliveries.insert([
      ...range.map((n) => aDelivery(tenant, { state: n % 2 ? 'failed' : 'pending' })),
      { ...delivery, ...tenant },
    ]);
    for (const n of range) {
      await store.audit.append(tenant, anEntry({ objectType: n % 2 === 0 ? 'key' : 'profile', objectId: 'thing' }));
      await store.uploads.insert(tenant, anUpload({ id: n === 0 ? 'upload' : unique('upload') }));
    }
    await store.profiles.resolve(
      range.map((n) => ({ ...identity(n + EACH), ...tenant, create: { id: `created-${n}`, at: AT } })),
    );
  }
}, 60_000);

/** Each with how many documents one of its commands may look at. */
const cases: [name: string, examined: number, call: () => Promise<unknown>][] = [
  ['keys.list', 6, () => store.keys.list(TENANT, PAGE)],
  ['keys.findByHash', 1, () => store.keys.findByHash(key.hash)],
  ['keys.rotate', 1, () => store.keys.rotate(TENANT, key.id, aKey(TENANT), AT)],
  ['keys.revoke', 1, () => store.keys.revoke(TENANT, key.id, AT)],
  ['surfaces.list', 6, () => store.surfaces.list(TENANT, PAGE)],
  ['surfaces.get', 1, () => store.surfaces.get(TENANT, surface.id)],
  ['surfaces.replace', 1, () => store.surfaces.replace(TENANT, { ...surface, revision: 2 })],
  ['campaigns.list', 6, () => store.campaigns.list(TENANT, PAGE)],
  ['campaigns.get', 1, () => store.campaigns.get(TENANT, head.id)],
  ['campaigns.getVersion', 1, () => store.campaigns.getVersion(TENANT, head.id, 1)],
  ['campaigns.update', 2, () => store.campaigns.update(TENANT, { ...head, revision: 2 }, aVersion(1, 'two'))],
  ['fixtures.get', 1, () => store.fixtures.get(TENANT, head.id, 'f1')],
  ['fixtures.list', 2, () => store.fixtures.list(TENANT, head.id)],
  ['fixtures.put', 1, () => store.fixtures.put(TENANT, head.id, aFixture('f1'), 5)],
  ['fixtures.remove', 1, () => store.fixtures.remove(TENANT, head.id, 'f1')],
  ['profiles.resolve', 5, () => store.profiles.resolve(range.slice(0, 5).map(identity))],
  [
    'profiles.put',
    2,
    () =>
      store.profiles.put(
        identity(1),
        { attributes: {}, identities: [{ namespace: 'x', value: 'x' }] },
        { id: 'x', at: AT },
      ),
  ],
  ['profiles.find', 1, () => store.profiles.find(identity(1))],
  ['profiles.list', 6, () => store.profiles.list(TENANT, PAGE)],
  ['profiles.list of a dataset', 6, () => store.profiles.list(TENANT, { ...PAGE, dataset: CREATED_PROFILES_DATASET })],
  ['profiles.known', 5, () => store.profiles.known(range.slice(0, 5).map(identity))],
  ['suppressions.list', 6, () => store.suppressions.list(TENANT, PAGE)],
  [
    'suppressions.list of a kind',
    6,
    () => store.suppressions.list(TENANT, { ...PAGE, of: { channel: 'email', kind: 'address' } }),
  ],
  ['audit.list of a type', 6, () => store.audit.list(TENANT, { ...PAGE, objectType: 'surface' })],
  ['audit.list of a thing', 6, () => store.audit.list(TENANT, { ...PAGE, objectType: 'key', objectId: 'thing' })],
  ['audit.list of an id', 12, () => store.audit.list(TENANT, { ...PAGE, objectId: 'thing' })],
  ['uploads.list', 6, () => store.uploads.list(TENANT, PAGE)],
  ['uploads.get', 1, () => store.uploads.get(TENANT, 'upload')],
  ['suppressions.check', 5, () => store.suppressions.check(range.slice(0, 5).map(address))],
  ['suppressions.get', 1, () => store.suppressions.get(TENANT, 'email', address(1).address)],
  ['suppressions.remove', 1, () => store.suppressions.remove(TENANT, 'email', address(1).address)],
  ['executions.get', 1, () => store.executions.get(TENANT, record.executionId)],
  ['executions.findByRequest', 1, () => store.executions.findByRequest(TENANT, record.campaignId, record.requestId)],
  ['executions.list', 6, () => store.executions.list(TENANT, PAGE)],
  ['executions.list of a campaign', 6, () => store.executions.list(TENANT, { ...PAGE, campaignId: 'campaign-1' })],
  ['executions.list of a request', 3, () => store.executions.list(TENANT, { ...PAGE, requestId: 'request-1' })],
  ['executions.list of a recipient', 6, () => store.executions.list(TENANT, { ...PAGE, recipient: 'recipient-0' })],
  ['executions.cancelled', 5, () => store.executions.cancelled(records.slice(0, 5).map((r) => r.executionId))],
  ['caps.take of windows that others fill', 15, () => store.caps.take(range.slice(0, 5).map((n) => count(n, 9)))],
  [
    'executions.overdue',
    5,
    () => store.executions.overdue({ ...PAGE, before: NOW + 50_000, after: { ...record, deadline: NOW + 10_000 } }),
  ],
  ['executions.overdue, the first time', 5, () => store.executions.overdue({ ...PAGE, before: NOW + 50_000 })],
  ['ledger.attempts', 100, () => store.ledger.attempts(claims.slice(0, 100))],
  ['ledger.messages', 20, () => store.ledger.messages(messageIds.slice(0, 20))],
  ['executions.list of a time', 6, () => store.executions.list(TENANT, { ...PAGE, from: NOW - 1, to: NOW + 1 })],
  [
    'executions.getMany',
    5,
    () =>
      store.executions.getMany(
        TENANT,
        records.slice(0, 5).map((r) => r.executionId),
      ),
  ],
  ['endings.list', 10, () => store.endings.list(TENANT, PAGE)],
  ['endings.list of a state', 6, () => store.endings.list(TENANT, { ...PAGE, state: 'sent' })],
  ['endings.list of a reason', 6, () => store.endings.list(TENANT, { ...PAGE, reason: 'r1', to: NOW + 1 })],
  [
    'endings.list of a campaign',
    6,
    () => store.endings.list(TENANT, { ...PAGE, campaignId: 'campaign-1', state: 'dead', reason: 'r1' }),
  ],
  ['ledger.rounds', 5, () => store.ledger.rounds(messageIds.slice(0, 5))],
  ['ledger.overdueRounds', 5, () => store.ledger.overdueRounds({ before: NOW, limit: 5 })],
  ['deadLetters.list', 6, () => store.deadLetters.list(TENANT, PAGE)],
  ['webhooks.list', 6, () => store.webhooks.list(TENANT, PAGE)],
  ['webhooks.get', 1, () => store.webhooks.get(TENANT, webhook.id)],
  ['webhooks.replace', 1, () => store.webhooks.replace(TENANT, { ...webhook, revision: 2 })],
  ['webhooks.failing', 1, () => store.webhooks.failing(TENANT, webhook.id, NOW)],
  ['webhookDeliveries.getMany', 1, () => store.webhookDeliveries.getMany([delivery])],
  ['webhookDeliveries.list', 6, () => store.webhookDeliveries.list(TENANT, delivery.webhookId, PAGE)],
  [
    'webhookDeliveries.list of a state',
    6,
    () => store.webhookDeliveries.list(TENANT, delivery.webhookId, { ...PAGE, state: 'failed' }),
  ],
  ['prune', 190, () => store.prune({ ledger: NOW + 1, executions: NOW - 1_000, caps: NOW, erasures: 0 })],
];

/** Few are sorted in memory: one of each campaign that got the same request id. */
const SORTED = ['executions.list of a request'];

test.each(cases)('%s walks an index, and looks at %i documents at most', async (name, most, call) => {
  const commands = await commandsOf(call);
  const explained = commands.filter((command) => ['find', 'findAndModify', 'delete'].some((kind) => kind in command));
  expect(explained).not.toEqual([]);
  for (const command of explained) {
    const { stages, examined } = await planOf(command);
    expect(stages).not.toContain('COLLSCAN');
    if (!SORTED.includes(name)) expect(stages).not.toContain('SORT');
    expect([Object.keys(command)[0], examined <= most, examined]).toEqual([Object.keys(command)[0], true, examined]);
  }
});

test('pages are read on from the cursor, not from the start', async () => {
  const first = await store.executions.list(TENANT, PAGE);
  const commands = await commandsOf(() => store.executions.list(TENANT, { ...PAGE, cursor: first.next ?? '' }));
  const [find] = commands;
  expect(find?.['skip']).toBeUndefined();
  expect((await planOf(find ?? {})).examined).toBeLessThanOrEqual(6);
});

test.each([
  ['claim', () => store.ledger.claim(claims.slice(0, 100).map((claim) => ({ ...claim, round: 2 })))],
  ['confirm', () => store.executions.confirm(range.map((n) => `another-${n}`))],
  ['executions.insert', () => store.executions.insert(range.map(() => anExecution(TENANT)))],
] as const)('a batch is one command: %s', async (_, call) => {
  expect((await commandsOf(call)).map((command) => Object.keys(command)[0])).toEqual(['insert']);
});

test('a batch of counts is one command where there is room', async () => {
  const take = () => store.caps.take(range.map((n) => count(n + 1_000, 5)));
  for (const commands of [await commandsOf(take), await commandsOf(take)]) {
    expect(commands.map((command) => Object.keys(command)[0])).toEqual(['insert']);
  }
});

test('a batch of profiles that are there is two commands, one that is made four at most', async () => {
  const known = await commandsOf(() => store.profiles.resolve(range.map(identity)));
  expect(known.map((command) => Object.keys(command)[0])).toEqual(['find', 'find']);
  const create = (n: number) => ({ ...identity(n + 1_000), create: { id: `later-${n}`, at: AT } });
  const made = await commandsOf(() => store.profiles.resolve(range.map(create)));
  expect(made.map((command) => Object.keys(command)[0])).toEqual(['find', 'insert', 'insert', 'find']);
});

test('writes wait for a majority, on its disks', async () => {
  const [insert] = await commandsOf(() =>
    store.ledger.claim(claims.slice(0, 1).map((claim) => ({ ...claim, round: 3 }))),
  );
  expect(insert?.['writeConcern']).toMatchObject({ w: 'majority', j: true });
});
