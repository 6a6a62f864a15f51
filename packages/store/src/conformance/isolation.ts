import { describe, expect, test } from '@jest/globals';
import type { Tenant } from '@herald/contracts';
import type { Store } from '../port.ts';
import { aFragment } from './content-items.ts';
import {
  aClaim,
  aDeadLetter,
  aHead,
  aKey,
  anAttempt,
  anExecution,
  aSuppression,
  aSurface,
  aVersion,
  unique,
} from './samples.ts';
import { newTenant, type Shared } from './subject.ts';

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
    claim: aClaim(tenant, anAttempt()),
  };
  await store.keys.insert(things.key);
  await store.surfaces.insert(tenant, things.surface);
  await store.campaigns.insert(tenant, things.head, aVersion());
  await store.profiles.resolve([{ ...things.identity, create: { id: unique('profile'), at: AT } }]);
  await store.suppressions.add(tenant, aSuppression(things.identity.value));
  await store.executions.insert([things.execution]);
  await store.deadLetters.insert([things.letter]);
  await store.ledger.claim([things.claim]);
  await store.contentItems.insert(tenant, 'fragment', things.fragment);
  return things;
}
type Things = Awaited<ReturnType<typeof fill>>;

/** What a stranger who knows every id tries, and what comes of it. */
type Attempts = { readonly [Name in string]: readonly [call: () => Promise<unknown>, nothing: unknown] };

function attempts(store: Store, stranger: Tenant, things: Things): Attempts {
  const { key, surface, head, identity, execution, letter, fragment } = things;
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
    'profiles.resolve': [() => store.profiles.resolve([theirs]), [{ kind: 'unknown' }]],
    'profiles.find': [() => store.profiles.find(theirs), undefined],
    'profiles.list': [() => store.profiles.list(stranger, PAGE), EMPTY],
    'suppressions.check': [() => store.suppressions.check([suppressed]), [false]],
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
    'deadLetters.list': [() => store.deadLetters.list(stranger, PAGE), EMPTY],
    'deadLetters.get': [() => store.deadLetters.get(stranger, letter.id), undefined],
    'contentItems.get': [() => store.contentItems.get(stranger, 'fragment', fragment.id), undefined],
    'contentItems.named': [() => store.contentItems.named(stranger, 'fragment', fragment.name), []],
    'contentItems.list': [() => store.contentItems.list(stranger, 'fragment', PAGE), EMPTY],
    'contentItems.replace': [
      () => store.contentItems.replace(stranger, 'fragment', { ...fragment, revision: 2 }),
      { kind: 'missing' },
    ],
    'contentItems.remove': [() => store.contentItems.remove(stranger, 'fragment', fragment.id), false],
  };
}

/** Everything that the tenant can read, to compare. */
const readBack = (store: Store, tenant: Tenant, { head, identity, key }: Things) =>
  Promise.all([
    store.keys.list(tenant, PAGE),
    store.keys.findByHash(key.hash),
    store.surfaces.list(tenant, PAGE),
    store.campaigns.list(tenant, PAGE),
    store.campaigns.getVersion(tenant, head.id, 1),
    store.profiles.list(tenant, PAGE),
    store.profiles.find(identity),
    store.suppressions.list(tenant, PAGE),
    store.suppressions.check([{ ...tenant, channel: 'email', address: identity.value }]),
    store.executions.list(tenant, PAGE),
    store.deadLetters.list(tenant, PAGE),
    store.contentItems.list(tenant, 'fragment', PAGE),
  ]);

/**
 * They have no tenant to compare: a hash is the secret itself, the ids of executions and messages are Herald's own and
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
  'ledger.messages',
];
const INSERTS = [
  'keys.insert',
  'surfaces.insert',
  'campaigns.insert',
  'profiles.put',
  'suppressions.add',
  'executions.insert',
  'deadLetters.insert',
  'caps.take',
  'contentItems.insert',
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
      const { key, surface, head, identity, execution, letter } = things;
      expect(await store().keys.insert({ ...key, ...other, hash: unique('hash') })).toBe(true);
      await store().surfaces.insert(other, { ...surface, name: 'theirs' });
      await store().campaigns.insert(other, head, aVersion(1, 'theirs'));
      await store().profiles.put(
        { ...identity, ...other },
        { attributes: { theirs: true } },
        { id: unique('profile'), at: AT },
      );
      await store().suppressions.add(other, aSuppression(identity.value, { reason: 'theirs' }));
      const request = { requestId: execution.requestId, campaignId: execution.campaignId };
      expect(await store().executions.insert([anExecution(other, request)])).toEqual([{ inserted: true }]);
      await store().deadLetters.insert([aDeadLetter(other, { messageId: letter.messageId ?? 'm' })]);
      expect(await readBack(store(), mine, things)).toEqual(before);
    });

    test('are tried against each other by every method there is', async () => {
      const things = await fill(store(), newTenant());
      const tried = new Set(
        Object.keys(attempts(store(), newTenant(), things)).map((name) => name.split(' ')[0] ?? ''),
      );
      const { keys, surfaces, campaigns, profiles, suppressions, executions, ledger, caps, deadLetters, contentItems } =
        store();
      const repositories = {
        keys,
        surfaces,
        campaigns,
        profiles,
        suppressions,
        executions,
        ledger,
        caps,
        deadLetters,
        contentItems,
      };
      const methods = Object.entries(repositories).flatMap(([name, repository]) =>
        Object.keys(repository).map((method) => `${name}.${method}`),
      );
      expect([...tried, ...WITHOUT_TENANT, ...INSERTS].toSorted()).toEqual(methods.toSorted());
    });
  });
}
