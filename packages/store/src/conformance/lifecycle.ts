import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { isOutage } from '@herald/contracts';
import type { Store } from '../port.ts';
import { anEnding } from './endings.ts';
import { aFeedback } from './feedback.ts';
import { everyCall } from './every-call.ts';
import {
  aClaim,
  aDeadLetter,
  aHead,
  aKey,
  anAttempt,
  anExecution,
  aResult,
  aSuppression,
  aSurface,
  aTakeover,
  aVersion,
  NOW,
} from './samples.ts';
import { concurrently, newTenant, type CreateStore, type StoreUnderTest } from './subject.ts';
import { aDelivery } from './webhooks.ts';

const AT = '2026-02-01T00:00:00.000Z';
const PAGE = { limit: 100 };

/** Calls it until there is no more; a bound, so that a store that never ends shows as a failure. */
const pruneAll = async (
  store: Store,
  before: { ledger: number; executions: number; caps: number; erasures: number },
): Promise<number> => {
  for (let calls = 1; calls < 100; calls += 1) if (!(await store.prune(before))) return calls;
  throw new Error('prune never says that it is done');
};

export function lifecycleCases(create: CreateStore): void {
  let open: StoreUnderTest[] = [];
  const fresh = async (): Promise<StoreUnderTest> => {
    const subject = await create();
    open.push(subject);
    return subject;
  };
  afterEach(async () => {
    const disposed = open;
    open = [];
    await Promise.all(disposed.map((subject) => subject.dispose()));
  });

  describe('the revision of the configuration', () => {
    const tenant = newTenant();
    const key = aKey(tenant);
    const surface = aSurface();
    const head = aHead();
    const execution = anExecution(tenant);
    const changes: [string, (store: Store) => Promise<unknown>][] = [
      ['a key is inserted', (store) => store.keys.insert(key)],
      ['a key is rotated', (store) => store.keys.rotate(tenant, key.id, aKey(tenant), AT)],
      ['a key is revoked', (store) => store.keys.revoke(tenant, key.id, AT)],
      ['a surface is inserted', (store) => store.surfaces.insert(tenant, surface)],
      ['a surface is replaced', (store) => store.surfaces.replace(tenant, { ...surface, revision: 2 })],
      ['a campaign is inserted', (store) => store.campaigns.insert(tenant, head, aVersion())],
      ['a campaign is updated', (store) => store.campaigns.update(tenant, { ...head, revision: 2 })],
      ['its draft is', (store) => store.campaigns.update(tenant, { ...head, revision: 3 }, aVersion(1, 'x'))],
    ];
    const others: [string, (store: Store) => Promise<unknown>][] = [
      ['reads', (store) => store.campaigns.list(tenant, PAGE)],
      ['a key that is there', (store) => store.keys.insert(key)],
      ['a rotation of a key that is revoked', (store) => store.keys.rotate(tenant, key.id, aKey(tenant), AT)],
      ['a second revocation', (store) => store.keys.revoke(tenant, key.id, AT)],
      ['a conflict', (store) => store.campaigns.update(tenant, { ...head, revision: 2 })],
      ['an execution', (store) => store.executions.insert([execution])],
      ['a claim', (store) => store.ledger.claim([aClaim(tenant, anAttempt())])],
    ];

    test('grows with every change, and with nothing else; it survives a restart', async () => {
      const subject = await fresh();
      let last = await subject.store.configRevision();
      for (const [name, change] of changes) {
        await change(subject.store);
        const next = await subject.store.configRevision();
        expect([name, next > last]).toEqual([name, true]);
        last = next;
      }
      for (const [name, call] of others) {
        await call(subject.store);
        expect([name, await subject.store.configRevision()]).toEqual([name, last]);
      }
      expect(await (await subject.reopen()).configRevision()).toBe(last);
    });
  });

  describe('the revision of the configuration, changed by many at once', () => {
    test('has grown when a change is answered', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      await concurrently(20, async (n) => {
        const before = await store.configRevision();
        await (n % 2 === 0 ? store.keys.insert(aKey(tenant)) : store.surfaces.insert(tenant, aSurface()));
        expect(await store.configRevision()).toBeGreaterThan(before);
      });
    });
  });

  describe('prune', () => {
    test('deletes the entries of executions accepted before a time, and keeps all others', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const border = NOW + 12_345;
      const times = [border - 86_400_000, border - 1, border, border + 1, border + 86_400_000];
      const keys = times.map((time) => anAttempt(time));
      await store.ledger.claim(keys.map((key) => aClaim(tenant, key)));
      await store.ledger.settle(keys.map((key) => aResult(key)));
      await store.ledger.takeOver(keys.map((key) => aTakeover(key, 1)));
      await pruneAll(store, { ledger: border, executions: 0, caps: 0, erasures: 0 });
      const kept = keys.map((key, n) =>
        n < 2 ? undefined : { claim: aClaim(tenant, key), takeovers: [aTakeover(key, 1)], result: aResult(key) },
      );
      expect(await store.ledger.attempts(keys)).toEqual(kept);
      // Results and take-overs are gone with their claims: what is claimed anew has none.
      await store.ledger.claim(keys.slice(0, 2).map((key) => aClaim(tenant, key)));
      const anew = await store.ledger.attempts(keys.slice(0, 2));
      expect(anew).toEqual(keys.slice(0, 2).map((key) => ({ claim: aClaim(tenant, key), takeovers: [] })));
    });

    test('deletes executions and their confirmations by a time of their own', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const records = [-2, -1, 0, 1].map((ms) => anExecution(tenant, { acceptedAt: NOW + ms }));
      const ids = records.map(({ executionId }) => executionId);
      await store.executions.insert(records);
      await store.executions.confirm(ids);
      const claims = records.map(({ executionId }) =>
        aClaim(tenant, { messageId: `${executionId}.0`, round: 1, attempt: 1 }),
      );
      await store.ledger.claim(claims);
      await pruneAll(store, { ledger: 0, executions: NOW, caps: 0, erasures: 0 });
      expect((await store.ledger.attempts(claims)).every((record) => record !== undefined)).toBe(true);
      const kept = await Promise.all(ids.map((id) => store.executions.get(tenant, id)));
      expect(kept).toEqual([undefined, undefined, ...records.slice(2).map((r) => ({ ...r, confirmed: true }))]);
      // The request can be made again, and is not taken for confirmed.
      const [first] = records;
      if (first !== undefined) expect(await store.executions.insert([first])).toEqual([{ inserted: true }]);
      expect(await store.executions.get(tenant, ids[0] ?? '')).toEqual({ ...first, confirmed: false });
    });

    test('deletes entries earlier than their executions', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const record = anExecution(tenant);
      const claim = aClaim(tenant, { messageId: `${record.executionId}.0`, round: 1, attempt: 1 });
      await store.executions.insert([record]);
      await store.ledger.claim([claim]);
      await pruneAll(store, { ledger: NOW + 1, executions: NOW, caps: 0, erasures: 0 });
      expect(await store.ledger.attempts([claim])).toEqual([undefined]);
      expect(await store.executions.get(tenant, record.executionId)).toEqual({ ...record, confirmed: false });
    });

    test('deletes what else is as old: dead letters by the ledger, marks and recipients with their execution, counts, marks of erasures', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const letters = [NOW - 1, NOW].map((at) => aDeadLetter(tenant, { at }));
      const old = anExecution(tenant, { acceptedAt: NOW - 1 });
      await store.deadLetters.insert(letters);
      await store.executions.insert([old]);
      await store.executions.cancel(old.executionId, { at: NOW, by: 'key' });
      const count = (window: number) => ({ ...tenant, key: 'k', window, limit: 1 });
      await store.caps.take([count(NOW - 1), count(NOW)]);
      const erasure = { identity: { ...tenant, namespace: 'crm', value: 'x' }, addresses: [], windows: [], at: NOW };
      await store.profiles.erase({ ...erasure, identities: ['old'], until: NOW - 1 });
      await store.profiles.erase({ ...erasure, identities: ['new'], until: NOW });
      await pruneAll(store, { ledger: NOW, executions: NOW, caps: NOW, erasures: NOW });
      const question = (mark: string) => ({
        ...tenant,
        channel: 'email' as const,
        address: 'x',
        erasure: { marks: [mark], acceptedAt: NOW },
      });
      expect(await store.suppressions.check(['old', 'new'].map(question))).toEqual([undefined, { kind: 'erased' }]);
      expect((await store.deadLetters.list(tenant, PAGE)).items).toEqual(letters.slice(1));
      expect(await store.executions.cancelled([old.executionId])).toEqual([false]);
      expect(await store.executions.list(tenant, { ...PAGE, recipient: 'recipient-0' })).toEqual({ items: [] });
      expect(await store.caps.take([count(NOW - 1), count(NOW)])).toEqual([true, false]);
    });

    test('deletes endings with the ledger, of every tenant', async () => {
      const { store } = await fresh();
      const tenants = [newTenant(), newTenant()];
      const all = tenants.flatMap((tenant) =>
        [-1, 0, 1].flatMap((ms) =>
          (['sent', 'dead'] as const).map((state) =>
            anEnding(tenant, { messageId: anAttempt(NOW + ms).messageId, state }),
          ),
        ),
      );
      await store.endings.insert(all);
      await pruneAll(store, { ledger: NOW, executions: 0, caps: 0, erasures: 0 });
      for (const tenant of tenants) {
        const { items } = await store.endings.list(tenant, PAGE);
        const kept = all.filter(
          ({ org, messageId }) => org === tenant.org && messageId >= anAttempt(NOW).messageId.slice(0, 18),
        );
        expect([kept.length, items.toSorted()]).toEqual([4, kept.map(({ messageId }) => messageId).toSorted()]);
      }
    });

    test('deletes feedback, and the names of providers, with the ledger', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const messageIds = [-1, 0].map((ms) => anAttempt(NOW + ms).messageId);
      await store.feedback.insert(messageIds.map((messageId) => aFeedback(tenant, { messageId, to: 'one' })));
      const names = messageIds.map((messageId) => ({
        provider: 'smtp',
        providerMessageId: `p ${messageId}`,
        messageId,
      }));
      await store.feedback.name(names);
      await pruneAll(store, { ledger: NOW, executions: 0, caps: 0, erasures: 0 });
      const left = await store.feedback.ofMessages(tenant, messageIds);
      expect(left.map(({ length }) => length)).toEqual([0, 1]);
      expect(await store.feedback.ofAddress(tenant, 'email', 'one', 0)).toHaveLength(1);
      expect(await store.feedback.named(names)).toEqual([undefined, messageIds[1]]);
    });

    test('deletes deliveries of webhooks with the ledger', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const deliveries = [NOW - 1, NOW].map((createdAt) => aDelivery(tenant, { createdAt }));
      await store.webhookDeliveries.insert(deliveries);
      await pruneAll(store, { ledger: NOW, executions: 0, caps: 0, erasures: 0 });
      expect((await store.webhookDeliveries.list(tenant, 'webhook', PAGE)).items).toEqual(deliveries.slice(1));
    });

    test('works some at a time', async () => {
      const { store } = await fresh();
      const tenant = newTenant();
      const keys = Array.from({ length: 5_000 }, () => anAttempt());
      await store.ledger.claim(keys.map((key) => aClaim(tenant, key)));
      const left = async () => (await store.ledger.attempts(keys)).filter((record) => record !== undefined).length;
      expect(await store.prune({ ledger: NOW + 1, executions: NOW + 1, caps: 0, erasures: 0 })).toBe(true);
      expect(await left()).toBeGreaterThan(0);
      expect(await left()).toBeLessThan(5_000);
      expect(await pruneAll(store, { ledger: NOW + 1, executions: NOW + 1, caps: 0, erasures: 0 })).toBeGreaterThan(1);
      expect(await left()).toBe(0);
      expect(await store.prune({ ledger: NOW + 1, executions: NOW + 1, caps: 0, erasures: 0 })).toBe(false);
    });
  });

  test('what was written is there after a restart', async () => {
    const subject = await fresh();
    const tenant = newTenant();
    const key = aKey(tenant);
    const surface = aSurface();
    const head = aHead();
    const identity = { ...tenant, namespace: 'email', value: 'ada@example.com' };
    const execution = anExecution(tenant);
    const attempt = anAttempt();
    const letter = aDeadLetter(tenant);
    const read = (store: Store) =>
      Promise.all([
        store.keys.findByHash(key.hash),
        store.surfaces.get(tenant, surface.id),
        store.campaigns.get(tenant, head.id),
        store.profiles.find(identity),
        store.suppressions.check([{ ...tenant, channel: 'email', address: 'ada@example.com' }]),
        store.executions.get(tenant, execution.executionId),
        store.ledger.attempts([attempt]),
        store.deadLetters.get(tenant, letter.id),
        store.endings.list(tenant, PAGE),
      ]);
    const { store } = subject;
    await store.keys.insert(key);
    await store.surfaces.insert(tenant, surface);
    await store.campaigns.insert(tenant, head, aVersion());
    await store.profiles.put(identity, { attributes: { a: 1 } }, { id: 'profile', at: AT });
    await store.suppressions.add(tenant, aSuppression('ada@example.com'));
    await store.executions.insert([execution]);
    await store.executions.confirm([execution.executionId]);
    await store.ledger.claim([aClaim(tenant, attempt)]);
    await store.ledger.takeOver([aTakeover(attempt, 1)]);
    await store.ledger.settle([aResult(attempt)]);
    await store.deadLetters.insert([letter]);
    await store.endings.insert([anEnding(tenant)]);
    const before = await read(store);
    expect(before).not.toContain(undefined);
    const after = await subject.reopen();
    expect(await read(after)).toEqual(before);
    // Uniqueness is the data's, not the process's.
    expect(await after.ledger.claim([aClaim(tenant, attempt)])).toEqual([false]);
    expect(await after.executions.insert([execution])).toEqual([
      { inserted: false, stored: { ...execution, confirmed: true } },
    ]);
  });

  test('closing finishes what is under way, and every later call is an outage', async () => {
    const subject = await fresh();
    const { store } = subject;
    const tenant = newTenant();
    const attempt = anAttempt();
    let claimed: boolean[] | undefined;
    const underWay = store.ledger.claim([aClaim(tenant, attempt)]).then((answer) => (claimed = answer));
    await store.close();
    await setImmediate();
    expect(claimed).toEqual([true]);
    await underWay;
    await store.close();
    const calls = everyCall(store, tenant);
    for (const call of calls) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(isOutage(error) && error.code).toBe('closed');
    }
    const after = await subject.reopen();
    expect(await after.ledger.attempts([attempt])).toEqual([{ claim: aClaim(tenant, attempt), takeovers: [] }]);
  });

  test('a call that fails leaves its neighbours alone', async () => {
    const { store } = await fresh();
    const tenant = newTenant();
    const surface = aSurface();
    await store.surfaces.insert(tenant, surface);
    const claim = aClaim(tenant, anAttempt());
    const [won, failed, found] = await Promise.allSettled([
      store.ledger.claim([claim]),
      store.surfaces.insert(tenant, surface),
      store.surfaces.get(tenant, surface.id),
    ]);
    expect(won).toEqual({ status: 'fulfilled', value: [true] });
    expect(failed.status).toBe('rejected');
    expect(found).toEqual({ status: 'fulfilled', value: surface });
    expect(await store.ledger.attempts([claim])).toEqual([{ claim, takeovers: [] }]);
  });
}
