import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { createDevice } from '../far-end/device.ts';
import { readVapid } from '../far-end/vapid.ts';
import type { Outgoing, Provider } from '../port.ts';
import { eventually } from '../testing/eventually.ts';
import { startScriptedHttps, type ScriptedHttps } from '../testing/https-script.ts';
import { outgoingPush } from '../testing/outgoing.ts';
import { createWebPushProvider, type WebPushProviderOptions } from './provider.ts';

const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:ops@herald.example' };
const device = createDevice();
const taken = { status: 201 };
const HOUR_MS = 3_600_000;

let server: ScriptedHttps;
const providers: Provider<'push'>[] = [];
const serve = (hosts?: string[]): Promise<ScriptedHttps> =>
  startScriptedHttps({ accept: () => taken, 'refuse-for-now': taken, 'refuse-for-good': taken }, hosts);
beforeEach(async () => {
  server = await serve();
});
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close();
  await server.close();
});

function connect(over: Partial<WebPushProviderOptions> = {}): Provider<'push'> {
  const privateHosts = [{ host: `127.0.0.1:${server.port}`, ca: server.ca }];
  const provider = createWebPushProvider({ name: 'web-push', vapid, privateHosts, timeoutMs: 5_000, ...over });
  providers.push(provider);
  return provider;
}

const push = (change: Parameters<typeof outgoingPush>[2] = {}): Outgoing<'push'> =>
  outgoingPush(`${server.url}/push/abc?d=1`, device, change);
const contentOf = (at = 0): unknown => JSON.parse(device.open(server.requests[at]?.body ?? Buffer.alloc(0)).toString());

describe('a push', () => {
  test('is sealed for its device, and signed', async () => {
    const content: Outgoing<'push'>['content'] = {
      kind: 'push',
      title: 'Your order: æøå 🎉',
      body: 'is on its way',
      link: 'https://shop.example/orders/1?a=%2F&b=1',
      actions: [{ action: 'track', title: 'Track' }],
      data: { order: '1' },
    };
    server.answer = () => ({ status: 201, headers: { location: `${server.url}/message/7` } });
    expect(await connect().send(push({ content }))).toEqual({
      kind: 'accepted',
      providerMessageId: `${server.url}/message/7`,
      detail: '201',
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/push/abc?d=1',
      headers: { ttl: '300', urgency: 'high', 'content-encoding': 'aes128gcm' },
    });
    expect(request?.headers).not.toHaveProperty('topic');
    expect(request?.body.toString('latin1')).not.toContain('order');
    const { kind: _kind, ...shown } = content;
    expect(contentOf()).toEqual({ messageId: 'message-1', ...shown });
    const authorization = request?.headers.authorization ?? '';
    const believed = { origin: server.url, publicKey: vapid.publicKey, now: Date.now() };
    expect(readVapid(authorization, believed)).toEqual({ ok: true, subject: vapid.subject });
    expect(readVapid(authorization, { ...believed, origin: 'https://other.example' })).toMatchObject({ ok: false });
  });

  test('says for how long it is wanted, never less than not at all, and how urgent it is', async () => {
    const provider = connect();
    const { now } = push();
    for (const lives of [1_999, 0, -60_000]) await provider.send(push({ deadline: now + lives, urgency: 'very-low' }));
    expect(server.requests.map(({ headers }) => headers['ttl'])).toEqual(['1', '0', '0']);
    expect(server.requests.map(({ headers }) => headers['urgency'])).toEqual(['very-low', 'very-low', 'very-low']);
  });

  test('takes a signature that is made once per push service and hour, and a kept connection', async () => {
    const provider = connect({ connections: 1 });
    const { now } = push();
    for (const later of [0, HOUR_MS - 1, HOUR_MS, HOUR_MS + 1]) await provider.send(push({ now: now + later }));
    const [first, ...rest] = server.requests.map(({ headers }) => headers.authorization);
    expect(rest.map((one) => one === first)).toEqual([true, false, false]);
    expect(rest[1]).toBe(rest[2]);
    expect(server.connections.total).toBe(1);
  });

  test('as large as a push service takes is sent, one byte more is not', async () => {
    const provider = connect();
    const room = 3_993 - Buffer.byteLength(JSON.stringify({ messageId: 'message-1', title: 't', body: '' }));
    const sized = (bytes: number) => push({ content: { kind: 'push', title: 't', body: 'x'.repeat(bytes) } });
    expect(await provider.send(sized(room))).toMatchObject({ kind: 'accepted' });
    expect(server.requests[0]?.body).toHaveLength(4_096);
    expect(await provider.send(sized(room + 1))).toEqual({
      kind: 'permanent',
      code: 'too-large',
      detail: 'limit 3993 bytes',
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['none', undefined],
    ['a point that is on no curve', { ...device.keys, p256dh: Buffer.alloc(65, 4).toString('base64url') }],
    ['too short a point', { ...device.keys, p256dh: 'AAAA' }],
    ['too short a secret', { ...device.keys, auth: 'AAAA' }],
  ])('with keys that are none is not sent: %s', async (_, pushKeys) => {
    const { pushKeys: _keys, ...rest } = push();
    const outgoing = pushKeys === undefined ? rest : { ...rest, pushKeys };
    expect(await connect().send(outgoing)).toEqual({ kind: 'permanent', code: 'subscription-invalid' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('an answer', () => {
  test.each([
    [200, 'accepted', 'accepted'],
    [202, 'accepted', 'accepted'],
    [401, 'transient', 'auth-failed'],
    [403, 'transient', 'auth-failed'],
    [404, 'permanent', 'subscription-gone'],
    [410, 'permanent', 'subscription-gone'],
    [400, 'permanent', 'push-4xx'],
    [413, 'permanent', 'too-large'],
    [429, 'transient', 'rate-limited'],
    [500, 'transient', 'server-error'],
    [503, 'transient', 'server-error'],
    [301, 'permanent', 'endpoint-refused'],
    [307, 'permanent', 'endpoint-refused'],
  ])('of %d is %s: %s', async (status, kind, code) => {
    server.answer = () => ({ status, headers: { location: `${server.url}/elsewhere`, 'retry-after': '9' } });
    const reply = await connect().send(push());
    const wait = kind === 'transient' ? { retryAfterMs: 9_000 } : {};
    if (kind === 'accepted') expect(reply).toMatchObject({ kind, detail: String(status) });
    else expect(reply).toEqual({ kind, code, detail: String(status), ...wait });
    // Nothing is followed.
    expect(server.requests.map(({ path }) => path)).toEqual(['/push/abc?d=1']);
  });

  test.each([
    ['none', {}],
    ['an endless one', { location: 'x'.repeat(501) }],
    ['one with blanks', { location: 'a b' }],
  ])('with a name for the message that is %s keeps Herald’s own', async (_, headers) => {
    server.answer = () => ({ status: 201, headers });
    expect(await connect().send(push())).toMatchObject({ kind: 'accepted', providerMessageId: 'message-1' });
  });

  test('that never ends is one, in time, whatever it sends', async () => {
    server.answer = () => ({ status: 201, body: Buffer.alloc(1_000_000), unfinished: true });
    expect(await connect({ timeoutMs: 400 }).send(push())).toMatchObject({ kind: 'accepted' });
  });
});

test('as many calls as its capacity says, to all push services together', async () => {
  const names = Array.from({ length: 4 }, (_, at) => `push-${at}.example`);
  await server.close();
  server = await serve(names);
  const provider = connect({
    privateHosts: names.map((host) => ({ host, ca: server.ca })),
    lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    connections: 3,
  });
  server.behave('wait');
  const urls = names.flatMap((name) => Array.from({ length: 3 }, () => `https://${name}:${server.port}/push/1`));
  const replies = urls.map((url) => provider.send(outgoingPush(url, device)));
  await eventually('three messages wait', () => server.waiting().now === 3);
  server.behave('accept');
  expect((await Promise.all(replies)).every(({ kind }) => kind === 'accepted')).toBe(true);
  expect(server.accepted()).toBe(12);
  expect(server.waiting().most).toBe(3);
});

test('as many push services as anybody brings: no more than 64 keep connections', async () => {
  const names = Array.from({ length: 80 }, (_, at) => `push-${at}.example`);
  await server.close();
  server = await serve(names);
  const provider = connect({
    privateHosts: names.map((host) => ({ host, ca: server.ca })),
    lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    connections: 4,
  });
  const urls = names.map((name) => `https://${name}:${server.port}/push/1`);
  const replies = await Promise.all(urls.map((url) => provider.send(outgoingPush(url, device))));
  expect(new Set(replies.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
  expect(server.connections.total).toBe(80);
  await eventually('64 connections are left', () => server.connections.now === 64);
});
