import type { Webhook } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import { listAll, typeOf, useControl } from './fixture.ts';

const control = useControl();
const URL = 'https://shop.example/herald?tenant=1';
type Made = Webhook & { readonly secret: string };
const create = (body: object = {}, client = control.client) =>
  client.call<Made>('POST', '/v1/webhooks', { url: URL, ...body });

test('a webhook is created with a secret that is shown once, and stored sealed', async () => {
  const { client, server } = control;
  const made = await create({ name: 'shop' });
  expect([made.status, made.headers.get('etag'), made.headers.get('cache-control')]).toEqual([201, '"1"', 'no-store']);
  const { secret, ...webhook } = made.body;
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(webhook).toMatchObject({ name: 'shop', url: URL, format: 'standard', status: 'enabled', revision: 1 });
  expect(webhook.eventTypes).toContain('message.complained');
  expect(webhook.eventTypes).not.toContain('webhook.disabled');
  expect(made.headers.get('location')).toBe(`/v1/webhooks/${webhook.id}`);
  expect((await client.call('GET', `/v1/webhooks/${webhook.id}`)).body).toEqual(webhook);
  const stored = await server.store.webhooks.get({ org: 'acme', sandbox: 'prod' }, webhook.id);
  expect(JSON.stringify(stored)).not.toContain(secret.slice('whsec_'.length));
  expect(stored?.secrets).toHaveLength(1);
});

test('it is replaced by whoever read it last, disabled and enabled, and deleted', async () => {
  const { client } = control;
  const { id } = (await create()).body;
  const path = `/v1/webhooks/${id}`;
  const unseen = await client.call('PUT', path, { url: URL });
  expect([unseen.status, typeOf(unseen)]).toEqual([428, '001006-428']);
  const off = await client.call<Webhook>('PUT', path, { url: URL, status: 'disabled' }, { 'if-match': '"1"' });
  expect(off.body).toMatchObject({ status: 'disabled', disabled: { reason: 'operator' }, revision: 2 });
  expect(off.body).not.toHaveProperty('secret');
  expect((await client.call('PUT', path, { url: URL }, { 'if-match': '"1"' })).status).toBe(412);
  const on = await client.call('PUT', path, { url: URL, campaignIds: ['a', 'a'] }, { 'if-match': '"2"' });
  expect(on.body).toMatchObject({ status: 'enabled', campaignIds: ['a'], revision: 3 });
  expect(on.body).not.toHaveProperty('disabled');
  expect((await client.call('DELETE', path)).status).toBe(204);
  expect((await client.call('DELETE', path)).status).toBe(404);
  for (const [method, end] of [
    ['GET', ''],
    ['GET', '/deliveries'],
    ['GET', '/deliveries/x'],
    ['POST', '/deliveries/x/replay'],
    ['POST', '/rotate'],
    ['POST', '/test'],
  ] as const) {
    expect([end, (await client.call(method, `${path}${end}`)).status]).toEqual([end, 404]);
  }
});

test('every change is written down, and no secret with it', async () => {
  const { client } = control;
  const { id, secret } = (await create()).body;
  const rotated = await client.call<Made>('POST', `/v1/webhooks/${id}/rotate`);
  expect(rotated.body.secret).not.toBe(secret);
  await client.call('PUT', `/v1/webhooks/${id}`, { url: URL, name: 'x' }, { 'if-match': '"2"' });
  await client.call('DELETE', `/v1/webhooks/${id}`);
  const { body } = await client.call<{ items: object[] }>('GET', `/v1/audit?objectType=webhook&objectId=${id}`);
  expect(body.items).toMatchObject([
    { action: 'delete' },
    { action: 'replace', fields: ['name'] },
    { action: 'rotate', fields: ['secrets'] },
    { action: 'create' },
  ]);
  expect(JSON.stringify(body)).not.toContain('whsec_');
});

describe('a webhook is refused', () => {
  test.each([
    [{ url: 'http://shop.example' }, 'url'],
    [{ url: 'https://127.0.0.1/' }, 'url'],
    [{ url: 'https://[::ffff:10.0.0.1]/' }, 'url'],
    [{ url: 'https://localhost:8443/' }, 'url'],
    [{ url: 'https://user:secret@shop.example/' }, 'url'],
    [{ url: 'nonsense' }, 'url'],
    [{ eventTypes: [] }, 'eventTypes'],
    [{ eventTypes: ['message.opened'] }, 'eventTypes[0]'],
    [{ format: 'ajo', eventTypes: ['message.complained'] }, 'eventTypes'],
    [{ secret: 'whsec_mine' }, 'secret'],
  ])('%j', async (body, field) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ report: { additionalContext: { field } } });
  });

  test('where the sandbox has fifty', async () => {
    const client = await control.server.client({ sandbox: 'full' });
    for (let n = 0; n < 50; n += 1) expect((await create({ name: `n${n}` }, client)).status).toBe(201);
    const answer = await create({}, client);
    expect([answer.status, typeOf(answer)]).toEqual([409, '003030-409']);
    const pages = await listAll<Webhook>(client, '/v1/webhooks', 20);
    expect(pages.flat().map(({ name }) => name)).toEqual(Array.from({ length: 50 }, (_, n) => `n${49 - n}`));
  });
});
