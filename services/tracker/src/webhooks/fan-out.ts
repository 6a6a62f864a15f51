import { createHash } from 'node:crypto';
import type { Delivery } from '@herald/bus';
import { encodeWebhookTask, tenantSchema, WEBHOOKS_TOPIC, type Tenant } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';
import type { DeliveryRecord, WebhookRecord } from '@herald/store';
import type { Directory } from './directory.ts';
import { happeningOf, type Happening } from './events.ts';

const DAY_MS = 86_400_000;
/** Clocks are assumed within this of each other: what happened just before a webhook was made may come too. */
const CLOCKS_AGREE_MS = 1_000;

/**
 * Makes of each event one delivery per webhook that wants it: stored first, then put on the topic of what is to be
 * tried. A repeat finds the same id, so nothing is delivered twice for it; what a crash left half done is done again.
 */
export function createFanOut(
  { store, runtime, publish }: Pick<Pipeline, 'store' | 'runtime' | 'publish'>,
  directory: Directory,
): (batch: readonly Delivery[]) => Promise<void> {
  /** The call that a message belongs to is in nothing but its execution. */
  async function withRequests(happenings: readonly Happening[]): Promise<Happening[]> {
    const byTenant = Map.groupBy(happenings, ({ org, sandbox }) => JSON.stringify([org, sandbox]));
    const all = [...byTenant.values()].map(async (of) => {
      const [tenant] = of as [Happening];
      const ids = [...new Set(of.flatMap(({ event }) => event.data.executionId ?? []))];
      const found = ids.length === 0 ? [] : await store.executions.getMany(tenant, ids);
      const requests = new Map(found.map((one) => [one?.executionId, one?.requestId]));
      return of.map((happening): Happening => {
        const { event } = happening;
        const requestId = event.data.executionId && requests.get(event.data.executionId);
        return requestId ? { ...happening, event: { ...event, data: { ...event.data, requestId } } } : happening;
      });
    });
    return (await Promise.all(all)).flat();
  }

  return async (batch) => {
    const snapshot = await directory();
    const wanted: Happening[] = [];
    for (const delivery of batch) {
      // Most sandboxes have no webhook: their events are not even read.
      const tenant = tenantSchema.safeParse(delivery.headers).data;
      if (tenant === undefined || (await snapshot.of(tenant)).length === 0) continue;
      const happening = happeningOf(delivery);
      if (happening === undefined) continue;
      if ((await snapshot.of(happening)).some((webhook) => wants(webhook, happening))) wanted.push(happening);
    }
    if (wanted.length === 0) return;
    const now = runtime.clock.now();
    const deliveries: DeliveryRecord[] = [];
    for (const happening of await withRequests(wanted)) {
      for (const webhook of await snapshot.of(happening)) {
        if (wants(webhook, happening)) deliveries.push(deliveryOf(webhook, happening, now));
      }
    }
    await store.webhookDeliveries.insert(deliveries);
    await Promise.all(
      deliveries.map(({ org, sandbox, webhookId, id, round, deadline }) =>
        publish({
          topic: WEBHOOKS_TOPIC,
          ...encodeWebhookTask({ org, sandbox, webhookId, deliveryId: id, round, attempt: 1, deadline }),
        }),
      ),
    );
  };
}

function wants(webhook: WebhookRecord, { at, event: { type, data } }: Happening): boolean {
  const { id, status, eventTypes, campaignIds, createdAt, format } = webhook;
  if (status !== 'enabled' || !eventTypes.includes(type)) return false;
  if (at < Date.parse(createdAt) - CLOCKS_AGREE_MS) return false;
  // Nobody is told of the end of itself.
  if (data.webhookId === id) return false;
  // AJO's body has no word for these: they would be taken for the real thing.
  if (format === 'ajo' && (data.dryRun === true || data.proof === true)) return false;
  return campaignIds === undefined || data.campaignId === undefined || campaignIds.includes(data.campaignId);
}

function deliveryOf(webhook: WebhookRecord, happening: Happening, now: number): DeliveryRecord {
  const { org, sandbox, event }: Tenant & Pick<Happening, 'event'> = happening;
  return {
    org,
    sandbox,
    webhookId: webhook.id,
    id: deliveryIdOf(webhook.id, happening.id),
    revision: 1,
    state: 'pending',
    round: 1,
    createdAt: now,
    deadline: now + DAY_MS,
    event,
    attempts: [],
  };
}

/** One event is one delivery per webhook, whoever makes it and however often. */
const deliveryIdOf = (webhookId: string, eventId: string): string =>
  `dlv_${createHash('sha256')
    .update(JSON.stringify([webhookId, eventId]))
    .digest('base64url')
    .slice(0, 32)}`;
