import type { Bus } from '@herald/bus';
import { encodeNotice, NOTICES_TOPIC, type Notice, type WebhookDelivery } from '@herald/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

/** What is heard of messages beside their final states: here it is put on its topic as whoever learns of it does. */

let herald: Herald;
let receiver: Receiver;
let bus: Bus | undefined;

beforeAll(async () => {
  receiver = await startReceiver();
  herald = await startHerald(
    { HERALD_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' },
    {
      bus: (real) => {
        bus = real;
        return real;
      },
    },
  );
}, 120_000);
afterAll(async () => {
  await herald.dispose();
  await receiver.close();
});

const notice = (over: Partial<Notice>): Notice => ({
  org: 'herald',
  sandbox: 'prod',
  id: unique('notice'),
  type: 'message.bounced',
  at: Date.now(),
  ...over,
});
const tell = (...notices: Notice[]) =>
  bus?.publish(notices.map((one) => ({ topic: NOTICES_TOPIC, ...encodeNotice(one) })));
const create = async (path: string, over: object = {}): Promise<string> => {
  const body = { url: `${receiver.url}${path}`, ...over };
  return (await herald.call<{ id: string }>('POST', '/v1/webhooks', body)).body.id;
};
const events = (path: string) => receiver.at(path).map(({ body }) => JSON.parse(body) as WebhookDelivery['event']);

test('notices are told once, however often they are on their topic, to whoever asked for them in their sandbox', async () => {
  const [all, ajo, alerts] = ['/all', '/ajo', '/alerts'] as const;
  const campaignId = await herald.campaign();
  const requestId = unique('request');
  const { executionId } = (await herald.trigger(campaignId, { requestId })).body;
  await herald.finalMessage(executionId);
  await create(all, { eventTypes: ['message.bounced', 'message.delivered'] });
  await create(ajo, { format: 'ajo', eventTypes: ['message.bounced'] });
  await create(alerts, { eventTypes: ['campaign.quarantined'], campaignIds: [campaignId] });

  const of = { executionId, messageId: `${executionId}.0`, campaignId, channel: 'email', provider: 'smtp' } as const;
  const bounced = notice({ ...of, reason: 'hard-bounce', bounce: 'hard', detail: '550 5.1.1' });
  const delivered = notice({ ...of, type: 'message.delivered', at: bounced.at + 1 });
  const old = notice({ ...of, at: bounced.at - 60_000 });
  const elsewhere = notice({ ...of, sandbox: 'dev' });
  const quarantined = notice({ type: 'campaign.quarantined', campaignId, reason: 'failing' });
  const ofAnother = notice({ type: 'campaign.quarantined', campaignId: 'another' });
  await bus?.publish([
    { topic: NOTICES_TOPIC, key: 'k', headers: { org: 'herald', sandbox: 'prod' }, value: Buffer.from('x') },
  ]);
  await tell(bounced, bounced, old, elsewhere, ofAnother, quarantined);
  await tell(bounced, delivered);

  await receiver.waitFor(all, 2);
  await receiver.waitFor(alerts);
  await receiver.waitFor(ajo);
  expect(events(all).toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))).toMatchObject([
    {
      type: 'message.bounced',
      data: { requestId, messageId: of.messageId, reason: 'hard-bounce', bounce: 'hard', detail: '550 5.1.1' },
    },
    { type: 'message.delivered', data: { requestId, campaignId, provider: 'smtp' } },
  ]);
  expect(events(alerts)).toMatchObject([{ data: { campaignId, reason: 'failing' } }]);
  expect(JSON.parse(receiver.at(ajo)[0]?.body ?? '')).toMatchObject({
    requestId,
    channel: 'email',
    messageDeliveryFeedback: {
      feedbackStatus: { value: 'bounce' },
      messageFailure: { category: 'async', type: 'Hard', code: '550 5.1.1', reason: 'hard-bounce' },
    },
  });
});

test('what is deleted gets nothing any more, not even what waits', async () => {
  const path = '/deleted';
  receiver.answers.set(path, () => ({ status: 503, headers: { 'retry-after': '1' } }));
  const id = await create(path, { eventTypes: ['message.complained'] });
  await tell(notice({ type: 'message.complained', messageId: 'HUMA-x.0' }));
  await receiver.waitFor(path);
  expect((await herald.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
  const next = '/next';
  await create(next, { eventTypes: ['message.complained'] });
  await until('later ones are told of later ones', async () => {
    await tell(notice({ type: 'message.complained', messageId: 'HUMA-x.0' }));
    return receiver.at(next).some(({ at }) => at > (receiver.at(path)[0]?.at ?? 0) + 3_000) || undefined;
  });
  expect(receiver.at(path)).toHaveLength(1);
});
