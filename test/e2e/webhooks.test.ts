import type { AuditEntry, Webhook, WebhookDelivery } from '@herald/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import { recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Got, type Receiver } from '../support/webhook-receiver.ts';

interface Made extends Webhook {
  readonly secret: string;
}
interface Body {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 1_500;

let herald: Herald;
let receiver: Receiver;
let campaignId: string;
const made: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  herald = await startHerald({
    HERALD_ALLOWED_PRIVATE_HOSTS: '127.0.0.1',
    HERALD_WEBHOOK_RETRY_MS: '50,50,200,200',
    HERALD_WEBHOOK_TIMEOUT_MS: String(TIMEOUT_MS),
  });
  campaignId = await herald.campaign();
}, 120_000);
afterEach(async () => {
  for (const id of made.splice(0)) await herald.call('DELETE', `/v1/webhooks/${id}`);
});
afterAll(async () => {
  await herald.dispose();
  await receiver.close();
});

async function webhook(path: string, over: object = {}): Promise<Made> {
  const answer = await herald.call<Made>('POST', '/v1/webhooks', { url: `${receiver.url}${path}`, ...over });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  made.push(answer.body.id);
  return answer.body;
}
const read = async (id: string): Promise<Webhook> => (await herald.call<Webhook>('GET', `/v1/webhooks/${id}`)).body;
const listed = async (id: string, query = ''): Promise<WebhookDelivery[]> =>
  (await herald.call<{ items: WebhookDelivery[] }>('GET', `/v1/webhooks/${id}/deliveries${query}`)).body.items;
const settled = (id: string, state: string): Promise<WebhookDelivery> =>
  until(`a delivery is ${state}`, async () => (await listed(id)).find((one) => one.state === state));
/** A path that nobody else uses. */
const place = (): string => `/${unique('hook')}`;

async function send(requestId = unique('request'), campaign = campaignId): Promise<string> {
  const { body } = await herald.trigger(campaign, { requestId });
  await herald.finalMessage(body.executionId);
  return body.executionId;
}
const bodyOf = ({ body }: Got): Body => JSON.parse(body) as Body;
const verify = (secret: string, { body, headers }: Got): unknown =>
  new Verifier(secret).verify(body, headers as Record<string, string>);

describe('what is delivered', () => {
  test('is signed as Standard Webhooks says, and tells how the message ended, without address or context', async () => {
    const path = place();
    const { secret, id } = await webhook(path);
    const requestId = unique('request');
    const executionId = await send(requestId);
    const [got] = (await receiver.waitFor(path)) as [Got];
    expect(verify(secret, got)).toEqual(bodyOf(got));
    expect(() => verify(secret, { ...got, body: got.body.replace('sent', 'dead') })).toThrow();
    expect(() => verify(`whsec_${Buffer.alloc(32).toString('base64')}`, got)).toThrow();
    const { type, timestamp, data } = bodyOf(got);
    expect(type).toBe('message.sent');
    expect(Date.parse(timestamp)).toBeGreaterThan(Date.now() - 60_000);
    expect(data).toMatchObject({
      messageId: `${executionId}.0`,
      executionId,
      requestId,
      campaignId,
      campaignVersion: 1,
      channel: 'email',
      lane: 'transactional',
      state: 'sent',
      attempts: 1,
      round: 1,
      provider: 'smtp',
    });
    expect(got.body).not.toMatch(/@example\.com|accounts\.example|Ada/);
    const delivery = await settled(id, 'delivered');
    expect(delivery.id).toBe(got.headers['webhook-id']);
    const seen = await herald.call<WebhookDelivery>('GET', `/v1/webhooks/${id}/deliveries/${delivery.id}`);
    expect(seen.body).toMatchObject({ event: bodyOf(got), attempts: [{ attempt: 1, status: 200, code: 'answered' }] });
  });

  test('is what was asked for: types and campaigns', async () => {
    const [all, ofOther, failures, own] = [place(), place(), place(), place()] as const;
    await webhook(all);
    await webhook(ofOther, { campaignIds: ['another'] });
    await webhook(failures, { eventTypes: ['message.failed', 'message.dead'] });
    await webhook(own, { campaignIds: [campaignId], eventTypes: ['message.sent', 'message.excluded'] });
    const address = `${unique('user')}@example.com`;
    await herald.call('POST', '/v1/suppressions', { channel: 'email', address, reason: 'test' });
    const { body } = await herald.trigger(campaignId, {
      recipients: [recipient({ userId: address }), recipient()],
    });
    await herald.finalMessage(body.executionId);
    const types = (path: string) => receiver.at(path).map((got) => bodyOf(got).type);
    await receiver.waitFor(all, 2);
    await receiver.waitFor(own, 2);
    expect(types(all).toSorted()).toEqual(['message.excluded', 'message.sent']);
    expect(types(own).toSorted()).toEqual(['message.excluded', 'message.sent']);
    expect([types(ofOther), types(failures)]).toEqual([[], []]);
  });

  test('has AJO’s feedback body where that is the format', async () => {
    const path = place();
    const { secret, eventTypes } = await webhook(path, { format: 'ajo' });
    expect(eventTypes).not.toContain('message.complained');
    const requestId = unique('request');
    const executionId = await send(requestId);
    const [got] = (await receiver.waitFor(path)) as [Got];
    verify(secret, got);
    const body = JSON.parse(got.body) as { readonly sandbox: { readonly id: string } };
    const { id: sandbox } = body.sandbox;
    expect(body).toEqual({
      requestId,
      imsOrg: 'herald',
      sandbox: { id: sandbox, name: sandbox },
      channel: 'email',
      eventType: 'message.feedback',
      messageExecution: {
        messageExecutionID: executionId,
        messageID: `${executionId}.0`,
        messageType: 'transactional',
        campaignID: campaignId,
        campaignVersionID: '1',
      },
      messageDeliveryFeedback: { feedbackStatus: { value: 'sent' }, offers: [], retryCount: 0 },
      identityMap: {},
    });
  });

  test('is signed with both secrets during a rotation, and then with the new one alone', async () => {
    const path = place();
    const { secret: first, id } = await webhook(path);
    const rotate = (overlapSeconds: number) =>
      herald.call<Made>('POST', `/v1/webhooks/${id}/rotate`, { overlapSeconds });
    const { secret: second, oldSecretUntil } = (await rotate(3_600)).body;
    expect(Date.parse(oldSecretUntil ?? '')).toBeGreaterThan(Date.now());
    await send();
    const [during] = (await receiver.waitFor(path)) as [Got];
    expect(String(during.headers['webhook-signature']).split(' ')).toHaveLength(2);
    verify(first, during);
    verify(second, during);
    const { secret: third } = (await rotate(0)).body;
    await send();
    const after = (await receiver.waitFor(path, 2))[1] as Got;
    verify(third, after);
    for (const old of [first, second]) expect(() => verify(old, after)).toThrow();
  });
});

describe('what fails', () => {
  test('is tried again, under the same id and a new signature, and every attempt is seen', async () => {
    const path = place();
    receiver.answers.set(path, (_, nth) => ({ status: nth < 3 ? 500 : 204 }));
    const { secret, id } = await webhook(path);
    await send();
    const got = await receiver.waitFor(path, 3);
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    for (const one of got) verify(secret, one);
    const { attempts } = await settled(id, 'delivered');
    expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 500],
      [2, 500],
      [3, 204],
    ]);
    expect(await herald.metrics()).toMatch(/herald_webhook_attempts_total\{[^}]*outcome="status-500"[^}]*\} [1-9]/);
  });

  test('waits as long as the endpoint asks', async () => {
    const path = place();
    receiver.answers.set(path, (_, nth) =>
      nth === 1 ? { status: 503, headers: { 'retry-after': '2' } } : { status: 200 },
    );
    await webhook(path);
    await send();
    const [first, second] = (await receiver.waitFor(path, 2)) as [Got, Got];
    expect(second.at - first.at).toBeGreaterThanOrEqual(2_000);
  });

  test('is not sent to where a redirect points', async () => {
    const [path, target] = [place(), place()];
    receiver.answers.set(path, () => ({ status: 302, headers: { location: `${receiver.url}${target}` } }));
    const { id } = await webhook(path);
    await send();
    const { attempts, reason } = await settled(id, 'failed');
    expect([attempts.map(({ status }) => status), reason]).toEqual([[302, 302, 302, 302, 302], 'exhausted']);
    expect(receiver.at(target)).toEqual([]);
  });
});

describe('a webhook', () => {
  const noticed = async (path: string, id: string): Promise<Body> => {
    const got = await until('the notice came', () =>
      receiver.at(path).find((one) => bodyOf(one).data['webhookId'] === id),
    );
    return bodyOf(got);
  };
  const audit = async (objectId: string): Promise<AuditEntry[]> =>
    (await herald.call<{ items: AuditEntry[] }>('GET', `/v1/audit?objectType=webhook&objectId=${objectId}`)).body.items;

  test('that answers 410 is disabled, and the others are told', async () => {
    const [gone, watching] = [place(), place()];
    receiver.answers.set(gone, () => ({ status: 410 }));
    await webhook(watching, { eventTypes: ['webhook.disabled'] });
    // What the tests before it sent may still be on its way.
    const own = await herald.campaign();
    const { id } = await webhook(gone, { eventTypes: ['message.sent', 'webhook.disabled'], campaignIds: [own] });
    await send(unique('request'), own);
    const { type, data } = await noticed(watching, id);
    expect([type, data['reason']]).toEqual(['webhook.disabled', 'gone']);
    expect(
      await until('it is disabled', async () => {
        const now = await read(id);
        return now.status === 'disabled' ? now : undefined;
      }),
    ).toMatchObject({ disabled: { reason: 'gone' }, revision: 2 });
    expect((await settled(id, 'failed')).reason).toBe('gone');
    expect(await audit(id)).toMatchObject([{ action: 'disable', keyId: 'herald' }, { action: 'create' }]);
    expect(await herald.metrics()).toMatch(/herald_webhooks_disabled_total\{[^}]*reason="gone"[^}]*\} [1-9]/);
    await send(unique('request'), own);
    expect(receiver.at(gone)).toHaveLength(1);
    expect((await herald.call('POST', `/v1/webhooks/${id}/replay`, { since: new Date(0).toISOString() })).status).toBe(
      409,
    );
  });

  test('is sent a sample at once, and its answer is shown', async () => {
    const path = place();
    receiver.answers.set(path, (_, nth) => ({ status: nth === 1 ? 200 : 418 }));
    const { id, secret } = await webhook(path);
    const probe = (body?: object) => herald.call('POST', `/v1/webhooks/${id}/test`, body);
    expect((await probe()).body).toMatchObject({ ok: true, status: 200 });
    expect((await probe({ type: 'campaign.quarantined' })).body).toMatchObject({ ok: false, status: 418 });
    const got = receiver.at(path);
    for (const one of got) expect(verify(secret, one)).toMatchObject({ data: { test: true } });
    expect(got.map((one) => bodyOf(one).type)).toEqual(['message.sent', 'campaign.quarantined']);
    expect(await listed(id)).toEqual([]);
  });
});

describe('a replay', () => {
  test('delivers one again, under the same id, in a further round', async () => {
    const path = place();
    receiver.answers.set(path, (_, nth) => ({ status: nth <= 5 ? 500 : 200 }));
    const { id } = await webhook(path);
    await send();
    const failed = await settled(id, 'failed');
    expect([failed.reason, failed.attempts.length]).toEqual(['exhausted', 5]);
    const replayed = await herald.call('POST', `/v1/webhooks/${id}/deliveries/${failed.id}/replay`);
    expect([replayed.status, replayed.body]).toEqual([202, { deliveryId: failed.id, round: 2 }]);
    const delivered = await settled(id, 'delivered');
    expect(delivered).toMatchObject({ id: failed.id, round: 2 });
    expect(delivered.attempts.at(-1)).toMatchObject({ round: 2, attempt: 1, status: 200 });
    expect(delivered).not.toHaveProperty('reason');
  });

  test('delivers again all that failed since a time, and nothing else', async () => {
    const path = place();
    let up = false;
    receiver.answers.set(path, () => ({ status: up ? 200 : 500 }));
    const { id } = await webhook(path);
    const since = new Date().toISOString();
    for (let n = 0; n < 3; n += 1) await send();
    await until(
      'all failed',
      async () => ((await listed(id, '?state=failed')).length === 3 ? true : undefined),
      40_000,
    );
    up = true;
    await send();
    await settled(id, 'delivered');
    const replay = (body: object) => herald.call('POST', `/v1/webhooks/${id}/replay`, body);
    expect((await replay({ since: new Date(Date.now() + 60_000).toISOString() })).body).toEqual({ replayed: 0 });
    expect((await replay({ since })).body).toEqual({ replayed: 3 });
    await until('all are delivered', async () =>
      (await listed(id, '?state=delivered')).length === 4 ? true : undefined,
    );
    expect((await listed(id)).map(({ round }) => round)).toEqual([1, 2, 2, 2]);
  }, 60_000);
});
