import type { Webhook, WebhookDelivery } from '@herald/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { recipient } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

let herald: Herald;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  herald = await startHerald({
    HERALD_ALLOWED_PRIVATE_HOSTS: '127.0.0.1',
    HERALD_WEBHOOK_RETRY_MS: '50,50,200,200',
    HERALD_WEBHOOK_DISABLE_MS: '2000',
    // Longer than anything here takes.
    HERALD_WEBHOOK_TIMEOUT_MS: '30000',
  });
}, 120_000);
afterAll(async () => {
  await herald.dispose();
  await receiver.close();
});

const create = async (path: string, over: object = {}): Promise<string> => {
  const body = { url: `${receiver.url}${path}`, ...over };
  return (await herald.call<{ id: string }>('POST', '/v1/webhooks', body)).body.id;
};

test('an endpoint that hangs delays no other one', async () => {
  const campaignId = await herald.campaign();
  receiver.answers.set('/hanging', () => 'hang');
  const hanging = await create('/hanging', { campaignIds: [campaignId] });
  await create('/quick', { campaignIds: [campaignId] });
  const recipients = Array.from({ length: 20 }, () => recipient());
  await Promise.all(Array.from({ length: 5 }, () => herald.trigger(campaignId, { recipients })));
  const quick = await receiver.waitFor('/quick', 100, 60_000);
  expect(new Set(quick.map(({ headers }) => headers['webhook-id'])).size).toBe(100);
  await receiver.waitFor('/hanging');
  // None of its attempts is over yet: nothing waited for one.
  const path = `/v1/webhooks/${hanging}/deliveries?limit=100`;
  const { body } = await herald.call<{ items: WebhookDelivery[] }>('GET', path);
  expect([body.items.length, body.items.flatMap(({ attempts }) => attempts)]).toEqual([100, []]);
  expect(receiver.at('/hanging').length).toBeLessThanOrEqual(8);
  await herald.call('DELETE', `/v1/webhooks/${hanging}`);
}, 120_000);

test('a webhook to which everything fails for long is disabled, with a notice, and can be enabled again', async () => {
  const campaignId = await herald.campaign();
  const send = async (): Promise<void> => {
    await herald.finalMessage((await herald.trigger(campaignId)).body.executionId);
  };
  const read = async (id: string): Promise<Webhook> => (await herald.call<Webhook>('GET', `/v1/webhooks/${id}`)).body;
  receiver.answers.set('/failing', () => ({ status: 500 }));
  await create('/watching', { eventTypes: ['webhook.disabled'] });
  const id = await create('/failing');
  const first = until('it fails', async () => (await read(id)).failingSince);
  await send();
  const since = await first;
  const disabled = await until(
    'it is disabled',
    async () => {
      await send();
      const now = await read(id);
      return now.status === 'disabled' ? now : undefined;
    },
    60_000,
  );
  expect(disabled).toMatchObject({ disabled: { reason: 'failing' }, failingSince: since });
  expect(Date.parse(disabled.disabled?.at ?? '') - Date.parse(since)).toBeGreaterThanOrEqual(2_000);
  const [notice] = await receiver.waitFor('/watching');
  const { type, data } = JSON.parse(notice?.body ?? '') as WebhookDelivery['event'];
  expect([type, data.webhookId, data.reason]).toEqual(['webhook.disabled', id, 'failing']);

  receiver.answers.delete('/failing');
  const { name, url, eventTypes, format } = disabled;
  const body = { name, url, eventTypes, format, status: 'enabled' };
  const enabled = await herald.call<Webhook>('PUT', `/v1/webhooks/${id}`, body, {
    'if-match': `"${disabled.revision}"`,
  });
  expect(enabled.body).not.toHaveProperty('disabled');
  expect(enabled.body).not.toHaveProperty('failingSince');
  await send();
  await until('it is told again', async () => {
    const path = `/v1/webhooks/${id}/deliveries?state=delivered`;
    return (await herald.call<{ items: WebhookDelivery[] }>('GET', path)).body.items[0];
  });
  expect(receiver.at('/watching')).toHaveLength(1);
}, 120_000);
