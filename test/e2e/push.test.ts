import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDevice } from '@herald/channels/far-end';
import type { InboxSubscription, ReceivedOf } from '@herald/contracts';
import { device, recipient, unique } from '../support/client.ts';
import { startProviderServer, type Answer, type ProviderServer } from '../support/provider-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
/** One for all tests: where Herald is many processes, those are started anew for another one. */
let service: ProviderServer;
let folder: string;
beforeAll(async () => {
  service = await startProviderServer({ tls: true });
  folder = mkdtempSync(join(tmpdir(), 'herald-push-'));
  writeFileSync(join(folder, 'push-ca.pem'), service.ca);
});
afterEach(() => herald.dispose());
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

const browser = createDevice();
const PATIENT = { HERALD_RETRY_MS: Array.from({ length: 30 }, () => 50).join(',') };

const infoOf = (endpoint: string): object => ({
  platform: 'web',
  token: JSON.stringify({ endpoint, expirationTime: null, keys: browser.keys }),
});
const subscribe = async (): Promise<InboxSubscription> =>
  (await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions')).body;
const trigger = async (pushInfo: object, campaign: object = {}, surface: object = {}) => {
  const campaignId = await herald.campaign({ channel: 'push', ...campaign }, surface);
  const { status, body } = await herald.trigger(campaignId, { recipients: [device(pushInfo)] });
  expect(status).toBe(202);
  return body.executionId;
};

/** Herald that may call a push service of the test, at a private address and with a certificate of its own. */
async function startWithService(answer: () => Answer, env = {}): Promise<ProviderServer> {
  service.forget();
  service.answer = answer;
  const file = join(folder, 'push-ca.pem');
  herald = await startHerald({ HERALD_ALLOWED_PRIVATE_HOSTS: service.host, HERALD_PUSH_CA: file, ...PATIENT, ...env });
  return service;
}

describe('a push is delivered', () => {
  test('encrypted, over TLS, to a push service that opens it, and shown in the inbox', async () => {
    herald = await startHerald();
    const { subscription, pushInfo } = await subscribe();
    const content = {
      title: 'Hello {{context.name}}',
      body: 'Æbler & <b>pærer</b>',
      link: 'https://shop.example/orders/1?a={{context.name}}',
      actions: [{ action: 'track', title: 'Track' }],
      data: { order: '{{context.name}}' },
    };
    const executionId = await trigger(pushInfo, { content, timeToLive: 600 }, { urgency: 'low' });
    const message = await herald.finalMessage(executionId);
    expect(message).toMatchObject({ state: 'sent', channel: 'push', provider: 'web-push', attempts: 1 });
    const [received] = (await herald.received({ to: subscription.endpoint })) as ReceivedOf<'push'>[];
    expect(received).toMatchObject({
      channel: 'push',
      envelope: { from: 'mailto:herald@example.com', to: [subscription.endpoint] },
      messageId: message.messageId,
      providerMessageId: message.providerMessageId,
      title: 'Hello Ada',
      body: 'Æbler & <b>pærer</b>',
      link: 'https://shop.example/orders/1?a=Ada',
      actions: [{ action: 'track', title: 'Track' }],
      data: { order: 'Ada' },
      urgency: 'low',
    });
    expect(received?.ttl).toBeGreaterThan(0);
    expect(received?.ttl).toBeLessThanOrEqual(600);
    const { body } = await herald.call<{ items: InboxSubscription[] }>('GET', '/v1/inbox/push-subscriptions');
    expect(body.items).toEqual([{ subscription, pushInfo }]);
  });

  test('to the newest device of the profile that takes pushes', async () => {
    herald = await startHerald();
    const [older, newer] = [await subscribe(), await subscribe()];
    const pushNotificationDetails = [
      older.pushInfo,
      newer.pushInfo,
      { ...(await subscribe()).pushInfo, denylisted: true },
      { platform: 'apns', token: 'x' },
    ];
    const userId = unique('ada');
    await herald.call('PUT', `/v1/profiles/crm/${userId}`, { attributes: { pushNotificationDetails } });
    const campaignId = await herald.campaign({ channel: 'push' });
    const { body } = await herald.trigger(campaignId, {
      recipients: [recipient({ type: 'aep', namespace: 'crm', userId })],
    });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent' });
    expect((await herald.received()).map(({ envelope }) => envelope.to)).toEqual([[newer.subscription.endpoint]]);
  });

  test('for the key that browsers subscribe with, which stays the same', async () => {
    herald = await startHerald();
    const before = await herald.call<{ publicKey: string }>('GET', '/v1/push/public-key');
    expect(before.body.publicKey).toMatch(/^B[\w-]{86}$/);
    herald = await herald.restart();
    expect((await herald.call('GET', '/v1/push/public-key')).body).toEqual(before.body);
  });
});

// First what needs no settings, then what has a push service: each change of settings starts processes.
describe('a call is refused', () => {
  const refuse = async (pushInfo: object): Promise<unknown> => {
    const campaignId = await herald.campaign({ channel: 'push' });
    const { status, body } = await herald.trigger(campaignId, { recipients: [device(pushInfo)] });
    return [status, body.report.additionalContext['code'], body.report.additionalContext['field']];
  };

  test('for a platform other than web, and for a token that is no subscription', async () => {
    herald = await startHerald();
    const at = 'recipients[0].channelData.pushInfo';
    for (const platform of ['apns', 'fcm', 'ios', 'Web']) {
      expect(await refuse({ appID: 'shop', platform, token: 'abc' })).toEqual([
        422,
        'platform-unsupported',
        `${at}.platform`,
      ]);
    }
    for (const token of ['abc', '{}', JSON.stringify({ endpoint: 'http://push.example/1', keys: browser.keys })]) {
      expect(await refuse({ platform: 'web', token })).toEqual([400, 'invalid-body', `${at}.token`]);
    }
  });
});

describe('a push to an address that is not public', () => {
  test('is refused, and nobody is connected to', async () => {
    herald = await startHerald();
    const { port } = new URL(service.url);
    const before = service.connections.total;
    const endpoints = ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1'];
    const campaignId = await herald.campaign({ channel: 'push' });
    for (const host of endpoints) {
      const recipients = [device(infoOf(`https://${host}:${port}/push/1`))];
      const { status, body } = await herald.trigger(campaignId, { recipients });
      expect([host, status]).toEqual([host, 202]);
      const message = await herald.finalMessage(body.executionId);
      expect([host, message]).toMatchObject([host, { state: 'failed', reason: 'endpoint-refused', attempts: 1 }]);
      expect(JSON.stringify(message)).not.toContain(host);
    }
    expect(service.connections.total).toBe(before);
  });

  test('is sent where the host is allowed, and to no other port of it', async () => {
    const server = await startWithService(() => ({ status: 201, body: '{}' }));
    const sent = await herald.finalMessage(await trigger(infoOf(`${server.url}/p/1`)));
    expect(sent).toMatchObject({ state: 'sent' });
    const other = await herald.finalMessage(await trigger(infoOf('https://127.0.0.1:1/p/1')));
    expect(other).toMatchObject({ state: 'failed', reason: 'endpoint-refused' });
  });
});

describe('a push service that answers', () => {
  test('429, then 503, then breaks the connection: tried again, and taken', async () => {
    const answers: Answer[] = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }, 'break'];
    const location = 'https://push.example/m/1';
    const server = await startWithService(() => answers.shift() ?? { status: 201, headers: { location } });
    const message = await herald.finalMessage(await trigger(infoOf(`${server.url}/p/1`)));
    expect(message).toMatchObject({ state: 'sent', attempts: 4, providerMessageId: location });
    const reasons = message.timeline.flatMap(({ step, reason }) => (step === 'retry' ? [reason] : []));
    expect(reasons).toEqual(['rate-limited', 'server-error', 'outcome-unknown']);
    // A repeat is recognised by its id.
    const payloads = server.requests.map(({ body }) => JSON.parse(browser.open(body).toString()) as object);
    expect(payloads).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ messageId: message.messageId })),
    );
  });

  test.each([
    [410, 'subscription-gone'],
    [404, 'subscription-gone'],
    [413, 'too-large'],
    [400, 'push-4xx'],
    [307, 'endpoint-refused'],
  ])('%d: failed, %s, at the first attempt', async (status, reason) => {
    const server = await startWithService(() => ({ status, headers: { location: 'https://127.0.0.1:1/' } }));
    const message = await herald.finalMessage(await trigger(infoOf(`${server.url}/p/1`)));
    expect(message).toMatchObject({ state: 'failed', reason, detail: String(status), attempts: 1 });
    expect(server.requests).toHaveLength(1);
  });

  test.each([404, 410])('%d: the device is off its profile, and the next push goes to another one', async (status) => {
    let answer: Answer = { status };
    const server = await startWithService(() => answer);
    const devices = ['kept', 'gone'].map((name) => infoOf(`${server.url}/p/${name}`));
    const userId = unique('ada');
    const profile = `/v1/profiles/crm/${userId}`;
    await herald.call('PUT', profile, { attributes: { name: 'Ada', pushNotificationDetails: devices } });
    const campaignId = await herald.campaign({ channel: 'push' });
    const push = async () => {
      const recipients = [recipient({ type: 'aep', namespace: 'crm', userId })];
      const { body } = await herald.trigger(campaignId, { recipients });
      return herald.finalMessage(body.executionId);
    };
    expect(await push()).toMatchObject({ state: 'failed', reason: 'subscription-gone' });
    const attributes = await until('the device is off the profile', async () => {
      const { body } = await herald.call<{ attributes: { pushNotificationDetails: object[] } }>('GET', profile);
      return body.attributes.pushNotificationDetails.length < 2 ? body.attributes : undefined;
    });
    expect(attributes).toEqual({ name: 'Ada', pushNotificationDetails: devices.slice(0, 1) });
    answer = { status: 201 };
    expect(await push()).toMatchObject({ state: 'sent' });
    expect(server.requests.map(({ path }) => path)).toEqual(['/p/gone', '/p/kept']);
  });

  test('403: waits for the operator', async () => {
    const server = await startWithService(() => ({ status: 403 }));
    const executionId = await trigger(infoOf(`${server.url}/p/1`));
    const waiting = await herald.finalMessage(executionId, ['retrying']);
    expect(waiting.timeline.at(-1)).toMatchObject({ step: 'retry', reason: 'auth-failed' });
    server.answer = () => ({ status: 201 });
    expect(await herald.finalMessage(executionId)).toMatchObject({ state: 'sent' });
  });

  test('nothing: failed, outcome unknown, called once, where it may not be called twice', async () => {
    const server = await startWithService(() => 'break');
    const message = await herald.finalMessage(
      await trigger(infoOf(`${server.url}/p/1`), { guarantee: 'at-most-once' }),
    );
    expect(message).toMatchObject({ state: 'failed', reason: 'outcome-unknown', attempts: 1 });
    expect(server.requests).toHaveLength(1);
  });
});

test('a push service that hangs keeps no other one waiting', async () => {
  let connections = 0;
  const silent = createServer(() => (connections += 1));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const hosts = `${service.host},127.0.0.1:${port}`;
  const server = await startWithService(() => ({ status: 201 }), {
    HERALD_ALLOWED_PRIVATE_HOSTS: hosts,
    HERALD_PUSH_CONNECTIONS: '4',
  });
  try {
    const campaignId = await herald.campaign({ channel: 'push', timeToLive: 20 });
    const pushTwenty = async (url: string): Promise<void> => {
      const recipients = Array.from({ length: 20 }, (_, index) => device(infoOf(`${url}/p/${index}`)));
      expect((await herald.trigger(campaignId, { recipients })).status).toBe(202);
    };
    for (let calls = 0; calls < 2; calls += 1) await pushTwenty(`https://127.0.0.1:${port}`);
    await until('every connection hangs', () => Promise.resolve(connections >= 4 || undefined));
    await pushTwenty(server.url);
    await until('the others are delivered', () => Promise.resolve(server.requests.length >= 20 || undefined));
    // One at a time is with it by now: it was not called for all forty that came first.
    expect(connections).toBeLessThan(25);
  } finally {
    silent.close();
  }
});
