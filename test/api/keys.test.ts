import type { CreatedKey, Key } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipient, unique, type Answer, type Client } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
beforeAll(async () => {
  herald = await startHerald({ HERALD_CONFIG_POLL_MS: '50' });
});
afterAll(() => herald.dispose());

const create = async (over: object = {}): Promise<CreatedKey> =>
  (await herald.call<CreatedKey>('POST', '/v1/keys', { name: unique('key'), scopes: ['read'], ...over })).body;
const rotate = (id: string, body?: object, query = ''): Promise<Answer<CreatedKey>> =>
  herald.call<CreatedKey>('POST', `/v1/keys/${id}/rotate${query}`, body);
const listed = async (id: string): Promise<Key | undefined> => {
  const { body } = await herald.call<{ items: Key[] }>('GET', '/v1/keys?limit=100');
  return body.items.find((key) => key.id === id);
};
const statusOf = async (client: Client): Promise<number> => (await client.call('GET', '/v1/surfaces')).status;

describe('rotation', () => {
  test('both keys work during the overlap, which is an hour unless it is said', async () => {
    const old = await create({ rateLimit: 1_000 });
    const before = Date.now();
    const { status, headers, body: next } = await rotate(old.id);
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(next).toMatchObject({
      name: old.name,
      scopes: ['read'],
      rateLimit: 1_000,
      org: old.org,
      sandbox: old.sandbox,
    });
    expect(next).not.toHaveProperty('expiresAt');
    expect([next.id === old.id, next.key === old.key]).toEqual([false, false]);
    expect([await statusOf(herald.as(old.key)), await statusOf(herald.as(next.key))]).toEqual([200, 200]);
    const ends = Date.parse((await listed(old.id))?.expiresAt ?? '');
    expect(ends - before).toBeGreaterThanOrEqual(3_600_000);
    expect(ends - before).toBeLessThan(3_660_000);
    expect(JSON.stringify(await listed(next.id))).not.toContain(next.key);
  });

  test('without an overlap the old key is refused at once, and the new one works', async () => {
    const old = await create();
    expect(await statusOf(herald.as(old.key))).toBe(200);
    const { body: next } = await rotate(old.id, { overlapSeconds: 0 });
    expect(await statusOf(herald.as(next.key))).toBe(200);
    await until('the old key is refused', async () => (await statusOf(herald.as(old.key))) === 401);
  });

  test('an earlier end of the old key stays, and the new one’s has to be said', async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    const old = await create({ expiresAt: soon });
    const unsaid = await rotate(old.id, { overlapSeconds: 3_600 });
    expect(unsaid).toMatchObject({ status: 400, body: { report: { additionalContext: { field: 'expiresAt' } } } });
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect((await rotate(old.id, { expiresAt: later })).body.expiresAt).toBe(later);
    expect((await rotate(old.id, { expiresAt: null })).body).not.toHaveProperty('expiresAt');
    expect((await listed(old.id))?.expiresAt).toBe(soon);
  });

  test('of many at once each makes a key, and the old one has one end', async () => {
    const old = await create();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => rotate(old.id, { overlapSeconds: 60, expiresAt: null })),
    );
    const keys = answers.map(({ body }) => body.key);
    expect(new Set(keys).size).toBe(5);
    for (const key of keys) expect(await statusOf(herald.as(key))).toBe(200);
    expect(Date.parse((await listed(old.id))?.expiresAt ?? '')).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  test('what is revoked, unknown or of another sandbox is not rotated', async () => {
    const revoked = await create();
    await herald.call('DELETE', `/v1/keys/${revoked.id}`);
    expect((await rotate(revoked.id)).status).toBe(404);
    expect((await rotate('nothing')).status).toBe(404);
    const elsewhere = await create({ sandbox: 'dev' });
    expect((await rotate(elsewhere.id)).status).toBe(404);
    const { status, body } = await rotate(elsewhere.id, {}, '?sandbox=dev');
    expect([status, body.sandbox]).toEqual([201, 'dev']);
  });

  test.each([
    [{ overlapSeconds: -1 }, 'overlapSeconds'],
    [{ overlapSeconds: 604_801 }, 'overlapSeconds'],
    [{ overlapSeconds: 1.5 }, 'overlapSeconds'],
    [{ expiresAt: 'soon' }, 'expiresAt'],
    [{ name: 'x' }, 'name'],
  ])('%j is refused', async (body, field) => {
    const { id } = await create();
    expect(await rotate(id, body)).toMatchObject({ status: 400, body: { report: { additionalContext: { field } } } });
  });
});

describe('rates', () => {
  test('are one for the execution API and the rest', async () => {
    const campaignId = await herald.campaign();
    const { key } = await create({ scopes: ['read', 'execute'], rateLimit: 5 });
    const limited = herald.as(key);
    const start = Date.now();
    const statuses: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      statuses.push((await limited.trigger(campaignId, { recipients: [recipient()] })).status);
      statuses.push(await statusOf(limited));
    }
    const seconds = (Date.now() - start) / 1_000;
    expect(statuses.filter((status) => status !== 429).length).toBeLessThanOrEqual(5 + Math.ceil(5 * seconds));
    expect(statuses).toContain(429);
  });

  test.each([0, 100_001, 1.5, '5'])('%j is none', async (rateLimit) => {
    const answer = await herald.call('POST', '/v1/keys', { name: 'x', scopes: ['read'], rateLimit });
    expect(answer).toMatchObject({ status: 400, body: { report: { additionalContext: { field: 'rateLimit' } } } });
  });

  test('the installation’s default is for the first key too', async () => {
    const strict = await startHerald({ HERALD_KEY_RATE_LIMIT: '1' });
    try {
      const answers = await Promise.all(Array.from({ length: 5 }, () => strict.call('GET', '/v1/surfaces')));
      expect(answers.map(({ status }) => status)).toContain(429);
      expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).toBe('1');
    } finally {
      await strict.dispose();
    }
  });
});
