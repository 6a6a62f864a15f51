import { API, encodeWebhookTask, WEBHOOKS_TOPIC, type Tenant } from '@herald/contracts';
import { refuse, reply, type ApiBuilder } from '@herald/service-kit';
import type { DeliveryRecord, WebhookRecord } from '@herald/store';
import { record } from './audit.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';
import { deliveryView } from './webhook-view.ts';

const DAY_MS = 86_400_000;
const PAGE = 100;
/** Pages that one call looks at. */
const PAGES = 10;

/** What was delivered to a webhook, and to deliver it again. */
export function routeWebhookDeliveries(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, pipeline } = deps;

  const find = async (tenant: Tenant, webhookId: string, id: string): Promise<DeliveryRecord | undefined> =>
    (await store.webhookDeliveries.getMany([{ ...tenant, webhookId, id }]))[0];

  /**
   * Asks for a further round. Nothing is written here: whoever takes the task opens the round, so a crash in between
   * loses nothing, and who asks twice gets one.
   */
  async function replay(delivery: DeliveryRecord): Promise<number> {
    const { org, sandbox, webhookId, id: deliveryId } = delivery;
    const round = delivery.round + 1;
    const deadline = runtime.clock.now() + DAY_MS;
    await pipeline.publish({
      topic: WEBHOOKS_TOPIC,
      ...encodeWebhookTask({ org, sandbox, webhookId, deliveryId, round, attempt: 1, deadline }),
    });
    return round;
  }

  const disabled = ({ status }: WebhookRecord): boolean => status !== 'enabled';

  api.handle(API.listWebhookDeliveries, async (call) => {
    const tenant = tenantOf(call);
    const { state } = call.query;
    if ((await store.webhooks.get(tenant, call.params.id)) === undefined) return missing('webhook');
    return paged(async () => {
      const request = { ...pageOf(call.query), ...(state === undefined ? {} : { state }) };
      const page = await store.webhookDeliveries.list(tenant, call.params.id, request);
      return { ...page, items: page.items.map(deliveryView) };
    });
  });

  api.handle(API.getWebhookDelivery, async (call) => {
    const tenant = tenantOf(call);
    const { id, deliveryId } = call.params;
    if ((await store.webhooks.get(tenant, id)) === undefined) return missing('webhook');
    const found = await find(tenant, id, deliveryId);
    return found === undefined ? missing('delivery') : reply(200, deliveryView(found));
  });

  api.handle(API.replayWebhookDelivery, async (call) => {
    const tenant = tenantOf(call);
    const { id, deliveryId } = call.params;
    const webhook = await store.webhooks.get(tenant, id);
    if (webhook === undefined) return missing('webhook');
    const found = await find(tenant, id, deliveryId);
    if (found === undefined) return missing('delivery');
    if (disabled(webhook)) return refuse('webhook-disabled');
    if (found.state === 'pending') return refuse('delivery-pending');
    await record(deps, call, { action: 'replay', objectType: 'webhook', objectId: id });
    return reply(202, { deliveryId, round: await replay(found) });
  });

  api.handle(API.replayWebhook, async (call) => {
    const tenant = tenantOf(call);
    const { id } = call.params;
    const { state, cursor } = call.body;
    const since = Date.parse(call.body.since);
    const webhook = await store.webhooks.get(tenant, id);
    if (webhook === undefined) return missing('webhook');
    if (disabled(webhook)) return refuse('webhook-disabled');
    await record(deps, call, { action: 'replay', objectType: 'webhook', objectId: id });
    const answer = await paged(async () => {
      let replayed = 0;
      let from = cursor;
      for (let pages = 0; pages < PAGES; pages += 1) {
        const request = { limit: PAGE, state, ...(from === undefined ? {} : { cursor: from }) };
        const { items, next } = await store.webhookDeliveries.list(tenant, id, request);
        const wanted = items.filter(({ createdAt }) => createdAt >= since);
        await Promise.all(wanted.map(replay));
        replayed += wanted.length;
        from = next;
        if (next === undefined || wanted.length < items.length) return { replayed };
      }
      return { replayed, ...(from === undefined ? {} : { next: from }) };
    });
    return 'problem' in answer ? answer : reply(202, answer.body);
  });
}
