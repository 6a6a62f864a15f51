import type { DeliveryKey, DeliveryRecord, WebhookDeliveryRepository } from '../port.ts';
import { fromJson, type Call } from './call.ts';
import type { DeliveryRowKey, DeliveryWrite } from './operations/webhook-deliveries.ts';
import { newestFirst, toPage } from './paging.ts';

export function createWebhookDeliveries(call: Call): WebhookDeliveryRepository {
  return {
    insert: async (deliveries) => {
      if (deliveries.length > 0) await call('webhookDeliveriesInsert', deliveries.map(toWrite));
    },
    getMany: async (keys) => {
      const bodies = await call('webhookDeliveriesGet', keys.map(toKey));
      return bodies.map((body) => (body === undefined ? undefined : fromJson<DeliveryRecord>(body)));
    },
    list: async ({ org, sandbox }, webhookId, { state, ...request }) => {
      const slice = newestFirst(request);
      const owner = [org, sandbox, webhookId] as const;
      const rows = await call('webhookDeliveriesList', [owner, state ?? null, slice.from, slice.limit]);
      return toPage(rows, slice, ([, body]) => fromJson<DeliveryRecord>(body));
    },
    replace: (deliveries) => call('webhookDeliveriesReplace', deliveries.map(toWrite)),
  };
}

const toKey = ({ org, sandbox, webhookId, id }: DeliveryKey): DeliveryRowKey => [org, sandbox, webhookId, id];

const toWrite = (delivery: DeliveryRecord): DeliveryWrite => ({
  key: toKey(delivery),
  revision: delivery.revision,
  state: delivery.state,
  at: delivery.createdAt,
  body: JSON.stringify(delivery),
});
