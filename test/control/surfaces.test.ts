import type { Surface } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { listAll, newSurface, PROVIDERS, surfaceInput, typeOf, useControl } from './fixture.ts';

const control = useControl();

test('a surface is created, read, and replaced by whoever read it last', async () => {
  const { client } = control;
  const created = await client.call<Surface>('POST', '/v1/surfaces', surfaceInput);
  expect(created.status).toBe(201);
  expect(created.headers.get('etag')).toBe('"1"');
  const path = created.headers.get('location') ?? '';
  expect(path).toBe(`/v1/surfaces/${created.body.id}`);
  const read = await client.call<Surface>('GET', path);
  expect(read.body).toEqual(created.body);
  expect(read.body).toMatchObject({ ...surfaceInput, status: 'active', providers: ['smtp'], revision: 1 });

  const replacement = { ...surfaceInput, status: 'inactive' };
  const unseen = await client.call('PUT', path, replacement);
  expect([unseen.status, typeOf(unseen)]).toEqual([428, '001006-428']);
  const replaced = await client.call<Surface>('PUT', path, replacement, { 'if-match': '"1"' });
  expect(replaced.status).toBe(200);
  expect(replaced.headers.get('etag')).toBe('"2"');
  expect(replaced.body).toMatchObject({ status: 'inactive', revision: 2, createdAt: created.body.createdAt });
  const late = await client.call('PUT', path, surfaceInput, { 'if-match': '"1"' });
  expect([late.status, typeOf(late)]).toEqual([412, '001005-412']);
  expect((await client.call('GET', path)).body).toEqual(replaced.body);
});

test('of many who replace what they all read, one does', async () => {
  const { client } = control;
  const { id } = await newSurface(client);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      client.call('PUT', `/v1/surfaces/${id}`, { ...surfaceInput, name: `n${index}` }, { 'if-match': '"1"' }),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array(9).fill(412)]);
});

test.each([
  [{ ...surfaceInput, name: '1st' }, 'name'],
  [{ ...surfaceInput, sender: { address: 'not an address' } }, 'sender.address'],
  [{ ...surfaceInput, sender: { name: 'a\r\nBcc: x', address: 'a@b.example' } }, 'sender.name'],
  [{ ...surfaceInput, channel: 'fax' }, 'channel'],
  [{ ...surfaceInput, colour: 'red' }, 'colour'],
  [{ ...surfaceInput, provider: 'smtp' }, 'provider'],
  [{ ...surfaceInput, providers: [] }, 'providers'],
  [{ ...surfaceInput, providers: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'providers'],
  [{ ...surfaceInput, providers: ['second', 'second'] }, 'providers'],
  [{ ...surfaceInput, providers: ['second', 'not a name'] }, 'providers[1]'],
  [{ ...surfaceInput, providers: ['second', 'text'] }, 'providers[1]'],
  [{ ...surfaceInput, providers: ['twilio'] }, 'providers[0]'],
])('%j is refused', async (body, field) => {
  const answer = await control.client.call('POST', '/v1/surfaces', body);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ report: { additionalContext: { field } } });
});

test('a surface names providers in their order, also one that is not configured yet; they are listed without secrets', async () => {
  const { client } = control;
  const providers = ['second', 'third', 'smtp'];
  const created = await client.call<Surface>('POST', '/v1/surfaces', { ...surfaceInput, providers });
  expect([created.status, created.body.providers]).toEqual([201, providers]);
  const replaced = await client.call<Surface>(
    'PUT',
    `/v1/surfaces/${created.body.id}`,
    { ...surfaceInput, providers: ['text'] },
    { 'if-match': '"1"' },
  );
  expect(replaced.status).toBe(400);
  expect((await client.call('GET', '/v1/providers')).body).toEqual({ items: PROVIDERS });
});

test('what is not there is 404', async () => {
  const { client } = control;
  expect((await client.call('GET', '/v1/surfaces/nothing')).status).toBe(404);
  expect((await client.call('PUT', '/v1/surfaces/nothing', surfaceInput, { 'if-match': '"1"' })).status).toBe(404);
});

test('lists come in pages, newest first', async () => {
  const client = await control.server.client({ sandbox: 'paging' });
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) ids.unshift((await newSurface(client)).id);
  const pages = await listAll<Surface>(client, '/v1/surfaces', 2);
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
  expect(pages.flat().map(({ id }) => id)).toEqual(ids);
});

test('they are found by channel and status', async () => {
  const client = await control.server.client({ sandbox: 'found' });
  const sms = { channel: 'sms', sender: { from: '+4552515253' } };
  const made: Record<string, string> = {};
  for (const [name, over] of Object.entries({ email: {}, off: { status: 'inactive' }, sms })) {
    const { name: _, ...rest } = surfaceInput;
    const body = name === 'sms' ? { name, ...over } : { ...rest, name, ...over };
    made[name] = (await client.call<Surface>('POST', '/v1/surfaces', body)).body.id;
  }
  const found = async (query: string): Promise<string[]> =>
    (await listAll<Surface>(client, `/v1/surfaces?${query}`, 1)).flat().map(({ id }) => id);
  expect(await found('channel=email')).toEqual([made['off'], made['email']]);
  expect(await found('channel=email&status=active')).toEqual([made['email']]);
  expect(await found('status=active')).toEqual([made['sms'], made['email']]);
  expect(await found('channel=push')).toEqual([]);
});

test.each(['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'cursor=nonsense', 'cursor=', 'page=2'])(
  'a listing with ?%s is refused',
  async (query) => {
    const { status, body } = await control.client.call('GET', `/v1/surfaces?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ report: { additionalContext: { field: query.split('=')[0] } } });
  },
);
