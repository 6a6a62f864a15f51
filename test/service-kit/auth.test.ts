import type { Problem } from '@herald/contracts';
import { ensureAdminKey, hashKey } from '@herald/service-kit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { problemOf, routes } from './fixture.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer(routes);
  client = await server.client({ org: 'acme', sandbox: 'dev' }, ['read', 'keys']);
});
afterAll(() => server.dispose());

describe('authentication', () => {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const who = (headers: Record<string, string>) => fetch(`${server.url}/who`, { headers });

  test('the key says who it is', async () => {
    const response = await who(bearer(client.key));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ org: 'acme', sandbox: 'dev', scopes: ['read', 'keys'] });
    expect((await who({ 'x-api-key': client.key })).status).toBe(200);
    expect((await who({ authorization: `bearer   ${client.key}` })).status).toBe(200);
    expect((await who({ ...bearer(client.key), 'x-api-key': 'of-another-system' })).status).toBe(200);
  });

  test.each([
    ['no key', {}],
    ['an unknown one', bearer('hk_unknown')],
    ['an empty one', bearer('')],
    ['basic', { authorization: 'Basic YTpi' }],
    ['an unknown x-api-key', { 'x-api-key': 'nothing' }],
  ])('%s: 401', async (_name, headers) => {
    const response = await who(headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="herald"');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(problemOf(await response.json()).type).toMatch(/HERALD-001002-401$/);
  });

  test('a wrong Authorization is not made good by an x-api-key', async () => {
    expect((await who({ ...bearer('hk_unknown'), 'x-api-key': client.key })).status).toBe(401);
  });

  test('a key that was made later works, and a revoked or expired one does not', async () => {
    expect((await who(bearer('hk_later'))).status).toBe(401);
    const key = { org: 'acme', sandbox: 'dev', name: 'k', scopes: ['read' as const] };
    const now = server.runtime.clock.now();
    const expiresAt = new Date(now + 60_000).toISOString();
    const createdAt = new Date(now).toISOString();
    await server.store.keys.insert({ ...key, id: 'later', createdAt, hash: hashKey('hk_later') });
    await server.store.keys.insert({ ...key, id: 'short', createdAt, expiresAt, hash: hashKey('hk_short') });
    expect((await who(bearer('hk_later'))).status).toBe(200);
    expect((await who(bearer('hk_short'))).status).toBe(200);

    await server.store.keys.revoke(key, 'later', createdAt);
    await until('the revoked key is refused', async () => (await who(bearer('hk_later'))).status === 401);
    expect(((await (await who(bearer('hk_later'))).json()) as Problem).detail).toBe('the key is revoked');
    server.advance(60_000);
    expect(((await (await who(bearer('hk_short'))).json()) as Problem).detail).toBe('the key is expired');
  });

  test('another organisation or sandbox is refused, whatever the scopes', async () => {
    const own = { 'x-gw-ims-org-id': 'acme', 'x-sandbox-name': 'dev' };
    expect((await who({ ...bearer(client.key), ...own })).status).toBe(200);
    for (const other of [{ 'x-gw-ims-org-id': 'other' }, { 'x-sandbox-name': 'prod' }, { 'x-sandbox-name': '' }]) {
      expect((await who({ ...bearer(client.key), ...own, ...other })).status).toBe(403);
    }
  });

  test('without the scope: 403', async () => {
    const { status, body } = await client.call('GET', '/control/1');
    expect(status).toBe(403);
    expect(problemOf(body).detail).toBe('the key does not have the scope "control"');
  });

  test('the first key is inserted once and stays revoked when it was', async () => {
    await ensureAdminKey(server.store, server.runtime, 'the-first-key-of-all');
    await ensureAdminKey(server.store, server.runtime, 'the-first-key-of-all');
    const first = await server.store.keys.findByHash(hashKey('the-first-key-of-all'));
    expect(first).toMatchObject({
      org: 'herald',
      sandbox: 'prod',
      scopes: ['execute', 'read', 'control', 'approve', 'keys', 'feedback'],
    });
    const { items } = await server.store.keys.list({ org: 'herald', sandbox: 'prod' }, { limit: 10 });
    expect(items).toHaveLength(1);
    await server.store.keys.revoke({ org: 'herald', sandbox: 'prod' }, first?.id ?? '', '2026-01-01T00:00:00.000Z');
    await ensureAdminKey(server.store, server.runtime, 'the-first-key-of-all');
    expect(await server.store.keys.findByHash(first?.hash ?? '')).toHaveProperty('revokedAt');
  });
});

describe('rates', () => {
  const key = {
    org: 'acme',
    sandbox: 'dev',
    name: 'k',
    scopes: ['read' as const],
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  const insert = (on: TestServer, name: string, over: object = {}) =>
    on.store.keys.insert({ ...key, id: name, hash: hashKey(name), ...over });
  const statuses = async (as: Client, calls: number): Promise<number[]> => {
    const answers: number[] = [];
    for (let made = 0; made < calls; made += 1) answers.push((await as.call('GET', '/who')).status);
    return answers;
  };

  test('a key with a limit is held to it, and told when to come back', async () => {
    const limited = await startServer(routes);
    try {
      await insert(limited, 'slow', { rateLimit: 2 });
      await insert(limited, 'free');
      // The server's clock stands still but for what the test adds, so that no time passes between two calls.
      limited.freeze();
      const slow = createClient(limited.url, 'slow');
      expect(await statuses(slow, 2)).toEqual([200, 200]);
      const answer = await slow.call('GET', '/who');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1']);
      expect(problemOf(answer.body)).toMatchObject({ detail: 'the key may make 2 calls per second' });
      // Before its scope, and whatever the route.
      expect((await slow.call('GET', '/control/1')).status).toBe(429);
      expect(await statuses(createClient(limited.url, 'free'), 5)).toEqual([200, 200, 200, 200, 200]);
      limited.advance(500);
      expect(await statuses(slow, 2)).toEqual([200, 429]);
    } finally {
      await limited.dispose();
    }
  });

  test('the installation’s limit is for keys without one of their own', async () => {
    const limited = await startServer(routes, { keyRateLimit: 1 });
    try {
      await insert(limited, 'plain');
      await insert(limited, 'fast', { rateLimit: 3 });
      limited.freeze();
      expect(await statuses(createClient(limited.url, 'plain'), 2)).toEqual([200, 429]);
      expect(await statuses(createClient(limited.url, 'fast'), 4)).toEqual([200, 200, 200, 429]);
    } finally {
      await limited.dispose();
    }
  });

  test('a key that may not come in at all is told that, not when to come back', async () => {
    const limited = await startServer(routes, { keyRateLimit: 1 });
    try {
      await insert(limited, 'revoked', { revokedAt: '2026-01-02T00:00:00.000Z' });
      expect(await statuses(createClient(limited.url, 'revoked'), 3)).toEqual([401, 401, 401]);
    } finally {
      await limited.dispose();
    }
  });
});
