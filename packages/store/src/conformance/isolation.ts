import { describe, expect, test } from '@jest/globals';
import type { Tenant } from '@herald/contracts';
import type { Store } from '../port.ts';
import { aFragment } from './content-items.ts';
import { anEnding } from './endings.ts';
import { aFeedback } from './feedback.ts';
import {
  aClaim,
  aDeadLetter,
  aFixture,
  aHead,
  aKey,
  anAttempt,
  anEntry,
  anExecution,
  aSuppression,
  aSurface,
  aVersion,
  unique,
} from './samples.ts';
import { newTenant, type Shared } from './subject.ts';
import { aDelivery, aWebhook } from './webhooks.ts';
import { anUpload } from './uploads.ts';

const PAGE = { limit: 100 };
const EMPTY = { items: [] };
const AT = '2026-02-01T00:00:00.000Z';

/** One of everything, as a tenant owns it. */
async function fill(store: Store, tenant: Tenant) {
  const things = {
    key: aKey(tenant),
    surface: aSurface(),
    head: aHead(),
    identity: { ...tenant, namespace: 'email', value: `${unique('ada')}@example.com` },
    execution: anExecution(tenant),
    letter: aDeadLetter(tenant),
    fragment: aFragment(),
    upload: anUpload(),
    claim: aClaim(tenant, anAttempt()),
    ending: anEnding(tenant),
    feedback: aFeedback(tenant),
    webhook: aWebhook(),
    delivery: aDelivery(tenant),
  };
  await store.keys.insert(things.key);
  await store.surfaces.insert(tenant, things.surface);
  await store.campaigns.insert(tenant, things.head, aVersion());
  await store.fixtures.put(tenant, things.head.id, aFixture('mine'), 10);
  await store.audit.append(tenant, anEntry());
  await store.profiles.resolve([{ ...things.identity, create: { id: unique('profile'), at: AT } }]);
  await store.suppressions.add(tenant, aSuppression(things.identity.value));
  await store.executions.insert([things.execution]);
  await store.deadLetters.insert([things.letter]);
  await store.ledger.claim([things.claim]);
  await store.contentItems.insert(tenant, 'fragment', things.fragment);
  await store.endings.insert([things.ending]);
  await store.feedback.insert([things.feedback]);
  await store.webhooks.insert(tenant, things.webhook);
  await store.webhookDeliveries.insert([things.delivery]);
  await store.uploads.insert(tenant, things.upload);
  return things;
}
type Things = Awaited<ReturnType<typeof fill>>;

/** What a stranger who knows every id tries, and what comes of it. */
type Attempts = { readonly [Name in string]: readonly [call: () => Promise<unknown>, nothing: unknown] };

function attempts(store: Store, stranger: Tenant, things: Things): Attempts {
  const { key, surface, head, identity, execution, letter, fragment, feedback, upload, webhook, delivery } = things;
  const theirs = { ...identity, ...stranger };
  const suppressed = { ...stranger, channel: 'email' as const, address: identity.value };
  return {
    'keys.list': [() => store.keys.list(stranger, PAGE), EMPTY],
    'keys.revoke': [() => store.keys.revoke(stranger, key.id, AT), undefined],
    'keys.rotate': [() => store.keys.rotate(stranger, key.id, aKey(stranger), AT), 'missing'],
    'surfaces.get': [() => store.surfaces.get(stranger, surface.id), undefined],
    'surfaces.list': [() => store.surfaces.list(stranger, PAGE), EMPTY],
    'surfaces.replace': [() => store.surfaces.replace(stranger, { ...surface, revision: 2 }), { kind: 'missing' }],
    'campaigns.get': [() => store.campaigns.get(stranger, head.id), undefined],
    'campaigns.getVersion': [() => store.campaigns.getVersion(stranger, head.id, 1), undefined],
    'campaigns.list': [() => store.campaigns.list(stranger, PAGE), EMPTY],
    'campaigns.update': [
      () => store.campaigns.update(stranger, { ...head, revision: 2 }, aVersion(1, 'stolen')),
      { kind: 'missing' },
    ],
    'fixtures.get': [() => store.fixtures.get(stranger, head.id, 'mine'), undefined],
    'fixtures.list': [() => store.fixtures.list(stranger, head.id), []],
    'fixtures.remove': [() => store.fixtures.remove(stranger, head.id, 'mine'), false],
    'audit.list': [() => store.audit.list(stranger, PAGE), EMPTY],
    'audit.list of a thing': [() => store.audit.list(stranger, { ...PAGE, objectId: 'surface' }), EMPTY],
    'profiles.resolve': [() => store.profiles.resolve([theirs]), [{ kind: 'unknown' }]],
    'profiles.known': [() => store.profiles.known([theirs]), [false]],
    'profiles.change': [
      () => store.profiles.change(theirs, { attributes: { stolen: true }, limit: 1_000 }),
      { kind: 'missing' },
    ],
    'profiles.count': [() => store.profiles.count(stranger), { total: 0, created: 0 }],
    'profiles.erase': [
      () =>
        store.profiles.erase({
          identity: theirs,
          identities: [...execution.recipients, 'mark'],
          addresses: [{ channel: 'email', address: identity.value, hash: 'A'.repeat(22) }],
          windows: [1],
          at: Number.MAX_SAFE_INTEGER,
          until: Number.MAX_SAFE_INTEGER,
        }),
      { searchEntries: 0, counters: 0, suppressions: 0 },
    ],
    'profiles.find': [() => store.profiles.find(theirs), undefined],
    'profiles.list': [() => store.profiles.list(stranger, PAGE), EMPTY],
    'suppressions.check': [() => store.suppressions.check([suppressed]), [undefined]],
    'suppressions.get': [() => store.suppressions.get(stranger, 'email', identity.value), undefined],
    'suppressions.remove': [() => store.suppressions.remove(stranger, 'email', identity.value), false],
    'suppressions.list': [() => store.suppressions.list(stranger, PAGE), EMPTY],
    'executions.findByRequest': [
      () => store.executions.findByRequest(stranger, execution.campaignId, execution.requestId),
      undefined,
    ],
    'executions.get': [() => store.executions.get(stranger, execution.executionId), undefined],
    'executions.list': [() => store.executions.list(stranger, PAGE), EMPTY],
    'executions.list by recipient': [
      () => store.executions.list(stranger, { ...PAGE, recipient: execution.recipients[0] ?? '' }),
      EMPTY,
    ],
    'executions.getMany': [() => store.executions.getMany(stranger, [execution.executionId]), [undefined]],
    'endings.list': [() => store.endings.list(stranger, PAGE), EMPTY],
    'endings.entries': [() => store.endings.entries(stranger, PAGE), EMPTY],
    'endings.list of a campaign': [() => store.endings.list(stranger, { ...PAGE, campaignId: 'campaign' }), EMPTY],
    'feedback.ofMessages': [() => store.feedback.ofMessages(stranger, [feedback.messageId]), [[]]],
    'feedback.ofAddress': [() => store.feedback.ofAddress(stranger, 'email', feedback.to ?? '', 0), []],
    'deadLetters.list': [() => store.deadLetters.list(stranger, PAGE), EMPTY],
    'deadLetters.resolve': [
      () => store.deadLetters.resolve(stranger, letter.id, { kind: 'discarded', at: 0, by: 'stranger' }),
      undefined,
    ],
    'deadLetters.get': [() => store.deadLetters.get(stranger, letter.id), undefined],
    'contentItems.get': [() => store.contentItems.get(stranger, 'fragment', fragment.id), undefined],
    'contentItems.named': [() => store.contentItems.named(stranger, 'fragment', fragment.name), []],
    'contentItems.list': [() => store.contentItems.list(stranger, 'fragment', PAGE), EMPTY],
    'contentItems.replace': [
      () => store.contentItems.replace(stranger, 'fragment', { ...fragment, revision: 2 }),
      { kind: 'missing' },
    ],
    'contentItems.remove': [() => store.contentItems.remove(stranger, 'fragment', fragment.id), false],
    'webhooks.get': [() => store.webhooks.get(stranger, webhook.id), undefined],
    'webhooks.list': [() => store.webhooks.list(stranger, PAGE), EMPTY],
    'webhooks.replace': [() => store.webhooks.replace(stranger, { ...webhook, revision: 2 }), { kind: 'missing' }],
    'webhooks.remove': [() => store.webhooks.remove(stranger, webhook.id), false],
    'webhooks.failing': [() => store.webhooks.failing(stranger, webhook.id, 1), undefined],
    'webhooks.working': [() => store.webhooks.working(stranger, webhook.id), undefined],
    'webhookDeliveries.getMany': [() => store.webhookDeliveries.getMany([{ ...delivery, ...stranger }]), [undefined]],
    'webhookDeliveries.list': [() => store.webhookDeliveries.list(stranger, delivery.webhookId, PAGE), EMPTY],
    'webhookDeliveries.replace': [
      () => store.webhookDeliveries.replace([{ ...delivery, ...stranger, revision: 2 }]),
      [false],
    ],
    'suppressions.list of a kind': [
      () => store.suppressions.list(stranger, { ...PAGE, of: { channel: 'email', kind: 'address' } }),
      EMPTY,
    ],
    'uploads.get': [() => store.uploads.get(stranger, upload.id), undefined],
    'uploads.list': [() => store.uploads.list(stranger, PAGE), EMPTY],
    'uploads.remove': [() => store.uploads.remove(stranger, upload.id), false],
  };
}

/** Everything that the tenant can read, to compare. */
const readBack = (store: Store, tenant: Tenant, { head, identity, key, feedback }: Things) =>
  Promise.all([
    store.keys.list(tenant, PAGE),
    store.keys.findByHash(key.hash),
    store.surfaces.list(tenant, PAGE),
    store.campaigns.list(tenant, PAGE),
    store.campaigns.getVersion(tenant, head.id, 1),
    store.fixtures.get(tenant, head.id, 'mine'),
    store.fixtures.list(tenant, head.id),
    store.audit.list(tenant, PAGE),
    store.profiles.list(tenant, PAGE),
    store.profiles.find(identity),
    store.profiles.count(tenant),
    store.suppressions.list(tenant, PAGE),
    store.suppressions.check([
      { ...tenant, channel: 'email', address: identity.value },
      { ...tenant, channel: 'email', address: 'x', erasure: { marks: ['mark', 'A'.repeat(22)], acceptedAt: 0 } },
    ]),
    store.executions.list(tenant, { ...PAGE, recipient: 'recipient-0' }),
    store.executions.list(tenant, PAGE),
    store.endings.list(tenant, PAGE),
    store.endings.entries(tenant, PAGE),
    store.feedback.ofMessages(tenant, [feedback.messageId]),
    store.deadLetters.list(tenant, PAGE),
    store.contentItems.list(tenant, 'fragment', PAGE),
    store.webhooks.list(tenant, PAGE),
    store.webhookDeliveries.list(tenant, 'webhook', PAGE),
    store.uploads.list(tenant, PAGE),
  ]);

/**
 * They have no tenant to compare: providers are the installation's, a hash is the secret itself, the ids of executions and messages are Herald's own and
 * reach a caller only through an execution of its own, and inserts say whose the new thing is.
 */
const WITHOUT_TENANT = [
  'keys.findByHash',
  'executions.confirm',
  'executions.cancel',
  'executions.cancelled',
  'executions.overdue',
  'executions.sweptTo',
  'executions.markSwept',
  'ledger.claim',
  'ledger.settle',
  'ledger.takeOver',
  'ledger.attempts',
  'ledger.openRounds',
  'ledger.rounds',
  'ledger.overdueRounds',
  'ledger.messages',
  'tallies.since',
  'tallies.drop',
  'providerGrants.leaseRate',
  'providerGrants.leaseConnections',
  'feedback.name',
  'feedback.named',
];
const INSERTS = [
  'keys.insert',
  'surfaces.insert',
  'campaigns.insert',
  'fixtures.put',
  'audit.append',
  'profiles.put',
  'profiles.putMany',
  'suppressions.add',
  'suppressions.addMany',
  'executions.insert',
  'endings.insert',
  'feedback.insert',
  'deadLetters.insert',
  'caps.take',
  'tallies.add',
  'contentItems.insert',
  'webhooks.insert',
  'webhookDeliveries.insert',
  'uploads.insert',
];

export function isolationCases(store: Shared): void {
  describe('tenants', () => {
    const owner = { org: 'isolated', sandbox: 'prod' };
    const strangers: [string, Tenant][] = [
      ['another org', { org: 'isolated-too', sandbox: 'prod' }],
      ['another sandbox', { org: 'isolated', sandbox: 'dev' }],
      ['the words the other way round', { org: 'prod', sandbox: 'isolated' }],
    ];

    test.each(strangers)('find nothing of each other, and change nothing, by any method (%s)', async (_, stranger) => {
      const things = await fill(store(), owner);
      const before = await readBack(store(), owner, things);
      const tried = attempts(store(), stranger, things);
      for (const [name, [call, nothing]] of Object.entries(tried))
        expect([name, await call()]).toEqual([name, nothing]);
      expect(await readBack(store(), owner, things)).toEqual(before);
    });

    test.each(['org', 'sandbox'])('may use the same ids, addresses and requests in another %s', async (field) => {
      const mine = newTenant();
      const other = { ...mine, [field]: 'another' };
      const things = await fill(store(), mine);
      const before = await readBack(store(), mine, things);
      const { key, surface, head, identity, execution, letter, feedback } = things;
      expect(await store().keys.insert({ ...key, ...other, hash: unique('hash') })).toBe(true);
      await store().surfaces.insert(other, { ...surface, name: 'theirs' });
      await store().campaigns.insert(other, head, aVersion(1, 'theirs'));
      await store().fixtures.put(other, head.id, aFixture('mine', { description: 'theirs' }), 10);
      await store().profiles.put(
        { ...identity, ...other },
        { attributes: { theirs: true } },
        { id: unique('profile'), at: AT },
      );
      await store().suppressions.add(other, aSuppression(identity.value, { reason: 'theirs' }));
      const request = { requestId: execution.requestId, campaignId: execution.campaignId };
      expect(await store().executions.insert([anExecution(other, request)])).toEqual([{ inserted: true }]);
      const theirs = { ...feedback, ...other, reason: 'theirs' };
      expect(await store().feedback.insert([theirs])).toEqual([true]);
      await store().deadLetters.insert([aDeadLetter(other, { messageId: letter.messageId ?? 'm' })]);
      expect(await readBack(store(), mine, things)).toEqual(before);
    });

    test('are tried against each other by every method there is', async () => {
      const things = await fill(store(), newTenant());
      const tried = new Set(
        Object.keys(attempts(store(), newTenant(), things)).map((name) => name.split(' ')[0] ?? ''),
      );
      // Whatever the store has, so that a new repository cannot be forgotten here.
      const repositories = Object.entries(store()).filter(
        ([, part]) => typeof part === 'object' && !(part instanceof Promise),
      );
      const methods = repositories.flatMap(([name, repository]) =>
        Object.keys(repository as object).map((method) => `${name}.${method}`),
      );
      expect([...tried, ...WITHOUT_TENANT, ...INSERTS].toSorted()).toEqual(methods.toSorted());
    });
  });
}
