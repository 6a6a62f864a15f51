import type { Tenant } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import type { DeliveryRecord, WebhookRecord } from '../port.ts';
import { expectPaging } from './paging.ts';
import { NOW, unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

const TIME = new Date(NOW).toISOString();

export const aWebhook = (over: Partial<WebhookRecord> = {}): WebhookRecord => ({
  id: unique('webhook'),
  name: 'shop',
  url: 'https://shop.example/herald',
  eventTypes: ['message.sent', 'message.failed'],
  format: 'standard',
  status: 'enabled',
  secrets: [{ sealed: 'sealed' }],
  revision: 1,
  createdAt: TIME,
  modifiedAt: TIME,
  ...over,
});

export const aDelivery = (tenant: Tenant, over: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  ...tenant,
  id: unique('delivery'),
  webhookId: 'webhook',
  revision: 1,
  state: 'pending',
  round: 1,
  createdAt: NOW,
  deadline: NOW + 86_400_000,
  event: { type: 'message.sent', timestamp: TIME, data: { messageId: 'm', at: TIME } },
  attempts: [],
  ...over,
});

export function webhookCases(store: Shared): void {
  describe('webhooks', () => {
    test('are read as they were inserted, each id once', async () => {
      const tenant = newTenant();
      for (const name of HARD_TEXTS) {
        const webhook = aWebhook({ name, campaignIds: ['c'] });
        await store().webhooks.insert(tenant, webhook);
        expect(await store().webhooks.get(tenant, webhook.id)).toEqual(webhook);
        await expect(store().webhooks.insert(tenant, { ...webhook, name: 'other' })).rejects.toThrow();
      }
      expect(await store().webhooks.get(tenant, 'none')).toBeUndefined();
    });

    test('are listed page by page, newest first', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const webhook = aWebhook();
        await store().webhooks.insert(tenant, webhook);
        return webhook.id;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      await expectPaging({ list: (page) => store().webhooks.list(tenant, page), idOf: ({ id }) => id, ids, add });
    });

    test('are replaced at the revision before, by one of many, and removed', async () => {
      const tenant = newTenant();
      const webhook = aWebhook();
      await store().webhooks.insert(tenant, webhook);
      const answers = await concurrently(10, (n) =>
        store().webhooks.replace(tenant, { ...webhook, revision: 2, name: `writer-${n}` }),
      );
      const written = answers.filter(({ kind }) => kind === 'written');
      expect(written).toEqual([{ kind: 'written', value: await store().webhooks.get(tenant, webhook.id) }]);
      expect(answers.filter(({ kind }) => kind === 'conflict')).toHaveLength(9);
      expect(await store().webhooks.replace(tenant, { ...webhook, revision: 4 })).toEqual({ kind: 'conflict' });
      expect(await store().webhooks.replace(tenant, aWebhook({ revision: 2 }))).toEqual({ kind: 'missing' });
      expect(await store().webhooks.remove(tenant, webhook.id)).toBe(true);
      expect(await store().webhooks.remove(tenant, webhook.id)).toBe(false);
      expect(await store().webhooks.get(tenant, webhook.id)).toBeUndefined();
    });

    test('fail since the first failure after the last success, whatever is written meanwhile', async () => {
      const tenant = newTenant();
      const webhook = aWebhook();
      const { webhooks } = store();
      await webhooks.insert(tenant, webhook);
      await webhooks.working(tenant, webhook.id);
      const before = await store().configRevision();
      expect(await webhooks.failing(tenant, webhook.id, NOW)).toBe(NOW);
      const answers = await concurrently(10, (n) => webhooks.failing(tenant, webhook.id, NOW + n));
      expect(answers).toEqual(answers.map(() => NOW));
      expect(await webhooks.get(tenant, webhook.id)).toEqual({ ...webhook, failingSince: NOW });
      expect(await store().configRevision()).toBe(before);
      await webhooks.replace(tenant, { ...webhook, revision: 2, failingSince: 1 });
      expect((await webhooks.list(tenant, { limit: 5 })).items).toEqual([
        { ...webhook, revision: 2, failingSince: NOW },
      ]);
      await webhooks.working(tenant, webhook.id);
      expect(await webhooks.get(tenant, webhook.id)).toEqual({ ...webhook, revision: 2 });
      expect(await webhooks.failing(tenant, webhook.id, NOW + 99)).toBe(NOW + 99);
      expect(await webhooks.failing(tenant, 'none', NOW)).toBeUndefined();
    });

    test('that change make the revision of the configuration grow', async () => {
      const tenant = newTenant();
      const webhook = aWebhook();
      const changes = [
        () => store().webhooks.insert(tenant, webhook),
        () => store().webhooks.replace(tenant, { ...webhook, revision: 2 }),
        () => store().webhooks.remove(tenant, webhook.id),
      ];
      for (const change of changes) {
        const before = await store().configRevision();
        await change();
        expect(await store().configRevision()).toBeGreaterThan(before);
      }
    });
  });

  describe('deliveries of webhooks', () => {
    test('are read as they were inserted, once per webhook and id', async () => {
      const tenant = newTenant();
      const deliveries = [aDelivery(tenant), aDelivery(tenant)];
      const elsewhere = { ...aDelivery(tenant, { webhookId: 'other' }), id: deliveries[0]?.id ?? '' };
      await store().webhookDeliveries.insert([]);
      await store().webhookDeliveries.insert([...deliveries, elsewhere]);
      await concurrently(10, () =>
        store().webhookDeliveries.insert(deliveries.map((one) => ({ ...one, state: 'failed' as const }))),
      );
      const keys = [...deliveries, elsewhere, aDelivery(tenant)];
      expect(await store().webhookDeliveries.getMany(keys)).toEqual([...deliveries, elsewhere, undefined]);
    });

    test('are replaced at the revision before, each for itself', async () => {
      const tenant = newTenant();
      const [one, other] = [aDelivery(tenant), aDelivery(tenant)];
      await store().webhookDeliveries.insert([one, other]);
      const attempt = { round: 1, attempt: 1, at: NOW, durationMs: 3, status: 200, code: 'answered' };
      const next = { ...one, revision: 2, state: 'delivered' as const, attempts: [attempt] };
      const answers = await concurrently(10, () =>
        store().webhookDeliveries.replace([next, { ...other, revision: 3 }, aDelivery(tenant, { revision: 2 })]),
      );
      expect(answers.filter(([written]) => written)).toHaveLength(1);
      expect(answers.every(([, stale, missing]) => stale === false && missing === false)).toBe(true);
      expect(await store().webhookDeliveries.getMany([one, other])).toEqual([next, other]);
    });

    test('are listed page by page, newest first, of one webhook, and of a state', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const delivery = aDelivery(tenant);
        await store().webhookDeliveries.insert([delivery, aDelivery(tenant, { webhookId: 'other' })]);
        return delivery.id;
      };
      const { webhookDeliveries } = store();
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      const [changed] = await webhookDeliveries.getMany([{ ...tenant, webhookId: 'webhook', id: ids[2] ?? '' }]);
      const failed = { ...aDelivery(tenant), ...changed, revision: 2, state: 'failed' as const };
      expect(await webhookDeliveries.replace([failed])).toEqual([true]);
      const list = (state: 'failed' | 'pending') => webhookDeliveries.list(tenant, 'webhook', { limit: 10, state });
      expect((await list('failed')).items).toEqual([failed]);
      expect((await list('pending')).items.map(({ id }) => id)).toEqual(ids.filter((id) => id !== failed.id));
      await expectPaging({
        list: (page) => webhookDeliveries.list(tenant, 'webhook', page),
        idOf: ({ id }) => id,
        ids,
        add,
      });
    });
  });
}
