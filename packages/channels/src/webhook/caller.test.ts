import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createWebhookCaller, type WebhookCaller, type WebhookCallerOptions } from './caller.ts';

const callers: WebhookCaller[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

const callerWith = (over: Partial<WebhookCallerOptions> = {}): WebhookCaller => {
  const caller = createWebhookCaller({ timeoutMs: 1_000, privateHosts: [], ...over });
  callers.push(caller);
  return caller;
};
async function serve(listener: RequestListener): Promise<{ host: string; port: number }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, port };
}
const post = (caller: WebhookCaller, url: string) => caller.post(url, { 'content-type': 'application/json' }, '{}', 0);
const REFUSED = { kind: 'lost', code: 'endpoint-refused' };

describe('a URL', () => {
  test.each(['https://shop.example/hook?x=1', 'https://shop.example:8443', 'https://8.8.8.8/x'])(
    '%s may be one',
    (url) => expect(callerWith().accepts(url)).toBe(true),
  );

  test.each([
    'http://shop.example/',
    'ftp://shop.example/',
    'https://user:word@shop.example/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest',
    'https://localhost/',
    'https://a.localhost/',
    'nothing',
  ])('%s may not', async (url) => {
    const caller = callerWith();
    expect(caller.accepts(url)).toBe(false);
  });

  test('of a host that is named may be private, and without TLS', () => {
    const caller = callerWith({ privateHosts: [{ host: '10.0.0.7' }, { host: 'hooks.internal:8080' }] });
    for (const url of ['http://10.0.0.7/x', 'https://10.0.0.7/x', 'http://hooks.internal:8080/']) {
      expect([url, caller.accepts(url)]).toEqual([url, true]);
    }
    for (const url of ['http://hooks.internal/', 'http://10.0.0.8/', 'http://public.example/']) {
      expect([url, caller.accepts(url)]).toEqual([url, false]);
    }
  });
});

test('a name that turns to a private address after it was accepted is not connected to', async () => {
  let requests = 0;
  const { port } = await serve((_, response) => {
    requests += 1;
    response.end();
  });
  const rebound: LookupFunction = (_name, { all }, callback) => {
    const found: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
    if (all === true) callback(null, found);
    else callback(null, '127.0.0.1', 4);
  };
  const caller = callerWith({ lookup: rebound });
  const url = `https://shop.example:${port}/`;
  expect(caller.accepts(url)).toBe(true);
  expect(await post(caller, url)).toEqual(REFUSED);
  expect(await post(caller, `http://127.0.0.1:${port}/`)).toEqual(REFUSED);
  expect(requests).toBe(0);
});

describe('an answer', () => {
  test('is its status, and when to come again', async () => {
    const { host } = await serve((_, response) => response.writeHead(503, { 'retry-after': '7' }).end('later'));
    const caller = callerWith({ privateHosts: [{ host }] });
    expect(await post(caller, `http://${host}/`)).toEqual({ kind: 'answer', status: 503, retryAfterMs: 7_000 });
  });

  test('that is under way is not waited for on closing', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { host } = await serve(() => arrive());
    const caller = callerWith({ privateHosts: [{ host }], timeoutMs: 60_000 });
    const posted = post(caller, `http://${host}/`);
    await arrived;
    await caller.close();
    expect(await posted).toEqual({ kind: 'lost', code: 'connection-lost' });
  });

  test('that does not come, or does not end, is not waited for', async () => {
    const { host } = await serve((request, response) => {
      if (request.url !== '/endless') return;
      response.writeHead(200);
      const writing = setInterval(() => response.write('x'.repeat(50_000)), 1);
      response.on('close', () => clearInterval(writing));
    });
    const caller = callerWith({ privateHosts: [{ host }], timeoutMs: 300 });
    expect(await post(caller, `http://${host}/`)).toEqual({ kind: 'lost', code: 'provider-timeout' });
    expect(await post(caller, `http://${host}/endless`)).toEqual({ kind: 'answer', status: 200 });
  });
});
