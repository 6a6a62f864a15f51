import { fromJson } from '../json.ts';
import type { DeliveryKey, DeliveryRecord, WebhookDeliveryRepository } from '../port.ts';
import { idOf } from './ids.ts';
import { driverOf, insertOnce } from './insert-once.ts';
import type { Models, WebhookDeliveryDocument } from './models.ts';
import { BY_TENANT, newestFirst, readSlice, toPage } from './paging.ts';

export function createWebhookDeliveries({ webhookDeliveries }: Models, newId: () => string): WebhookDeliveryRepository {
  return {
    insert: async (deliveries) => {
      await insertOnce(
        webhookDeliveries,
        deliveries.map((delivery) => ({
          _id: keyOf(delivery),
          tenant: idOf(delivery, delivery.webhookId),
          place: newId(),
          at: delivery.createdAt,
          ...changing(delivery),
        })),
      );
    },
    getMany: async (keys) => {
      const ids = keys.map(keyOf);
      const found = await driverOf<WebhookDeliveryDocument>(webhookDeliveries)
        .find<WebhookDeliveryDocument>({ _id: { $in: ids } })
        .toArray();
      const bodies = new Map(found.map(({ _id, body }) => [_id, body]));
      return ids.map((id) => {
        const body = bodies.get(id);
        return body === undefined ? undefined : fromJson<DeliveryRecord>(body);
      });
    },
    list: async (tenant, webhookId, { state, ...request }) => {
      const slice = newestFirst('place', request);
      const [filter, index] =
        state === undefined
          ? [{ tenant: idOf(tenant, webhookId) }, BY_TENANT]
          : [{ kind: idOf(tenant, webhookId, state) }, BY_KIND];
      const found = await readSlice(webhookDeliveries, filter, slice, index);
      return toPage(found, slice, ({ body }) => fromJson<DeliveryRecord>(body));
    },
    replace: (deliveries) =>
      Promise.all(
        deliveries.map(async (delivery) => {
          const where = { _id: keyOf(delivery), revision: delivery.revision - 1 };
          return (await webhookDeliveries.updateOne(where, { $set: changing(delivery) })).matchedCount === 1;
        }),
      ),
  };
}

const BY_KIND = { kind: 1, place: 1 } as const;

const keyOf = (key: DeliveryKey): string => idOf(key, key.webhookId, key.id);

const changing = (delivery: DeliveryRecord) => ({
  revision: delivery.revision,
  kind: idOf(delivery, delivery.webhookId, delivery.state),
  body: JSON.stringify(delivery),
});
