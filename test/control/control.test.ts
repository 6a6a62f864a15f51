import {
  DEAD_TOPIC,
  messageIdOf,
  type DeadLetter,
  type ExecutionView,
  type Key,
  type MessageView,
} from '@herald/contracts';
import type { Profile, Suppression } from '@herald/store';
import { describe, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { listAll, surfaceInput, useControl } from './fixture.ts';

const control = useControl();
const acme = { org: 'acme', sandbox: 'prod' };
const NOW = Date.parse('2026-05-01T12:00:00.000Z');

let count = 0;
/** An accepted call of that many recipients, as ingress stores it. */
async function newExecution(recipients: number, over: object = {}): Promise<string> {
  count += 1;
  const executionId = `HUMA-0196-${String(count).padStart(6, '0')}`;
  await control.server.store.executions.insert([
    {
      ...acme,
      executionId,
      campaignId: 'c-1',
      campaignVersion: 1,
      requestId: `r-${count}`,
      keyId: 'k',
      channel: 'email',
      lane: 'transactional',
      guarantee: 'at-least-once',
      bodyHash: 'b',
      recipients: Array.from({ length: recipients }, (_, index) => `h${index}`),
      acceptedAt: NOW,
      deadline: NOW + 60_000,
      ...over,
    },
  ]);
  await control.server.store.executions.confirm([executionId]);
  return executionId;
}

async function suppressMessage(messageId: string): Promise<void> {
  const key = { messageId, round: 1, attempt: 1, at: NOW + 5 };
  const ending = { state: 'excluded', reason: 'suppressed' } as const;
  const claim = {
    ...key,
    ...acme,
    executionId: messageId.split('.')[0] ?? '',
    stage: 'sender-email',
    times: { accepted: NOW },
  };
  await control.server.store.ledger.claim([{ ...claim, plan: { kind: 'end', ending } }]);
  await control.server.store.ledger.settle([{ ...key, outcome: { kind: 'final', ...ending } }]);
}

async function newDeadLetter(id: string, tenant: Partial<typeof acme> = acme): Promise<void> {
  const { bus, store } = control.server;
  const value = Buffer.from('{"context":{"code":"private"}}');
  const headers = { type: 'message.rendered.v1', 'message-id': 'HUMA-1.0', 'dead-reason': 'exhausted' };
  await bus.publish([{ topic: DEAD_TOPIC, key: 'k', headers, value }]);
  let offset = 0;
  const found = (): Promise<boolean> =>
    bus.read({ topic: DEAD_TOPIC, partition: 0, offset: offset + 1 }).then((record) => record !== undefined);
  while (await found()) offset += 1;
  const position = { topic: DEAD_TOPIC, partition: 0, offset };
  await store.deadLetters.insert([
    {
      ...tenant,
      id,
      messageId: 'HUMA-1.0',
      reason: 'exhausted',
      stage: 'sender-email',
      detail: 'smtp-4xx',
      attempts: 6,
      at: NOW,
      position,
    },
  ]);
}

describe('executions and messages', () => {
  test('are read with their states', async () => {
    const { client } = control;
    const executionId = await newExecution(3);
    await suppressMessage(messageIdOf(executionId, 1));
    const { status, body } = await client.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ executionId, confirmed: true, states: { accepted: 2, excluded: 1 } });
    const message = await client.call<MessageView>('GET', `/v1/messages/${executionId}.1`);
    expect(message.body).toEqual(body.messages[1]);
    expect(message.body).toMatchObject({
      state: 'excluded',
      reason: 'suppressed',
      endedAt: '2026-05-01T12:00:00.005Z',
    });
    const answers = [
      `/v1/executions/none`,
      `/v1/messages/${executionId}.3`,
      `/v1/messages/${executionId}.01`,
      `/v1/messages/${executionId}`,
    ];
    for (const path of answers) expect((await client.call('GET', path)).status).toBe(404);
  });

  test('are found by execution, request and campaign, page by page', async () => {
    const { client } = control;
    const sizes = [1, 5, 2, 4, 1, 3];
    const ids: string[] = [];
    for (const size of sizes) ids.unshift(await newExecution(size, { campaignId: 'c-pages' }));
    const expected = ids.flatMap((id, index) =>
      Array.from({ length: sizes.toReversed()[index] ?? 0 }, (_, place) => messageIdOf(id, place)),
    );
    for (const limit of [1, 2, 3, 4, 5, 7, 16, 100]) {
      const pages = await listAll<MessageView>(client, '/v1/messages?campaignId=c-pages', limit);
      expect(pages.flat().map(({ messageId }) => messageId)).toEqual(expected);
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    }
    const executions = await listAll<ExecutionView>(client, '/v1/executions?campaignId=c-pages', 4);
    expect(executions.flat().map(({ executionId }) => executionId)).toEqual(ids);

    const of = async (query: string): Promise<string[]> =>
      (await client.call<{ items: MessageView[] }>('GET', `/v1/messages?${query}`)).body.items.map(
        ({ messageId }) => messageId,
      );
    const [newest = ''] = ids;
    expect(await of(`executionId=${newest}`)).toHaveLength(3);
    expect(await of(`executionId=${newest}&campaignId=other`)).toEqual([]);
    expect(await of('executionId=none')).toEqual([]);
    const { body } = await client.call<ExecutionView>('GET', `/v1/executions/${newest}`);
    expect(await of(`requestId=${body.requestId}`)).toEqual(await of(`executionId=${newest}`));
  });

  test.each(['cursor=x', 'cursor=0.x', 'cursor=999999.', 'state=gone', 'limit=0'])('?%s is refused', async (query) => {
    expect((await control.client.call('GET', `/v1/messages?${query}`)).status).toBe(400);
  });
});

describe('keys', () => {
  test('a key is shown once, works, and stops working when it is revoked', async () => {
    const { client } = control;
    const created = await client.call<Key & { key: string }>('POST', '/v1/keys', {
      name: 'shop',
      scopes: ['read', 'read'],
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('cache-control')).toBe('no-store');
    expect(created.body).toMatchObject({ name: 'shop', scopes: ['read'], ...acme, key: expect.stringMatching(/^hk_/) });
    const shop = client.as(created.body.key);
    expect((await shop.call('GET', '/v1/surfaces')).status).toBe(200);
    expect((await shop.call('POST', '/v1/surfaces', surfaceInput)).status).toBe(403);
    expect((await shop.call('GET', '/v1/keys')).status).toBe(403);

    const listed = await client.call('GET', '/v1/keys?limit=100');
    expect(JSON.stringify(listed.body)).toContain(created.body.id);
    expect(JSON.stringify(listed.body)).not.toMatch(/hk_|"hash"/);

    const revoked = await client.call<Key>('DELETE', `/v1/keys/${created.body.id}`);
    expect([revoked.status, typeof revoked.body.revokedAt]).toEqual([200, 'string']);
    const again = await client.call<Key>('DELETE', `/v1/keys/${created.body.id}`);
    expect(again.body).toEqual(revoked.body);
    await until('the key is refused', async () => (await shop.call('GET', '/v1/surfaces')).status === 401);
    expect((await client.call('DELETE', '/v1/keys/none')).status).toBe(404);
  });

  test('keys of another sandbox are administered by name', async () => {
    const { client } = control;
    const input = { name: 'dev', scopes: ['read'], sandbox: 'dev-keys' };
    const { body } = await client.call<Key & { key: string }>('POST', '/v1/keys', input);
    expect(body).toMatchObject({ org: 'acme', sandbox: 'dev-keys' });
    expect((await client.call('DELETE', `/v1/keys/${body.id}`)).status).toBe(404);
    const listed = await client.call<{ items: Key[] }>('GET', '/v1/keys?sandbox=dev-keys');
    expect(listed.body.items.map(({ id }) => id)).toEqual([body.id]);
    expect((await client.call('DELETE', `/v1/keys/${body.id}?sandbox=dev-keys`)).status).toBe(200);
  });

  test.each([
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['root'] }, 'scopes[0]'],
    [{ name: 'x', scopes: ['read'], expiresAt: 'soon' }, 'expiresAt'],
    [{ scopes: ['read'] }, 'name'],
  ])('%j is refused', async (body, field) => {
    const answer = await control.client.call('POST', '/v1/keys', body);
    expect(answer).toMatchObject({ status: 400, body: { report: { additionalContext: { field } } } });
  });
});

describe('profiles', () => {
  test('are put, replaced and found by every spelling of their identity', async () => {
    const { client } = control;
    const path = '/v1/profiles/email/Ada%2BHome@Example.com';
    expect((await client.call('GET', path)).status).toBe(404);
    const attributes = { 'person.name.firstName': 'Ada', person: { name: { lastName: 'L' } } };
    const put = await client.call<Profile>('PUT', path, { attributes });
    expect(put.status).toBe(200);
    expect(put.body.attributes).toEqual({ person: { name: { firstName: 'Ada', lastName: 'L' } } });
    const found = await client.call<Profile>('GET', '/v1/profiles/Email/ada%2Bhome@example.com');
    expect(found.body).toEqual(put.body);
    const replaced = await client.call<Profile>('PUT', path, { attributes: {} });
    expect(replaced.body).toMatchObject({ id: put.body.id, attributes: {} });
  });

  test('those that calls created are listed apart', async () => {
    const { client, server } = control;
    const identity = { ...acme, namespace: 'crm', value: 'created-1' };
    await server.store.profiles.resolve([{ ...identity, create: { id: 'p-created', at: '2026-05-01T12:00:00.000Z' } }]);
    await client.call('PUT', '/v1/profiles/crm/by-hand', { attributes: {} });
    const created = (await listAll<Profile>(client, '/v1/profiles?dataset=created', 1)).flat();
    expect(created.map(({ id }) => id)).toEqual(['p-created']);
    const all = (await listAll<Profile>(client, '/v1/profiles', 1)).flat();
    expect(all.length).toBeGreaterThan(created.length);
  });

  test.each([
    ['/v1/profiles/email/nobody', { attributes: {} }, 'value'],
    ['/v1/profiles/crm/a%0Ab', { attributes: {} }, 'value'],
    ['/v1/profiles/c%20m/a', { attributes: {} }, 'namespace'],
    ['/v1/profiles/crm/a', {}, 'attributes'],
    ['/v1/profiles/crm/a', { attributes: [] }, 'attributes'],
    ['/v1/profiles/crm/a', { attributes: {}, id: 'x' }, 'id'],
  ])('PUT %s %j is refused', async (path, body, field) => {
    const answer = await control.client.call('PUT', path, body);
    expect(answer).toMatchObject({ status: 400, body: { report: { additionalContext: { field } } } });
  });

  test('attributes larger than a context are refused', async () => {
    const body = { attributes: { a: 'x'.repeat(200_000) } };
    expect((await control.client.call('PUT', '/v1/profiles/crm/large', body)).status).toBe(413);
  });
});

describe('suppressions', () => {
  test('are added, listed and removed', async () => {
    const { client, server } = control;
    const added = await client.call('POST', '/v1/suppressions', {
      channel: 'email',
      address: ' Bob@Example.com ',
      reason: 'asked',
    });
    expect([added.status, added.body]).toEqual([201, { channel: 'email', address: 'Bob@Example.com' }]);
    await client.call('POST', '/v1/suppressions', { channel: 'email', address: 'bob@example.com', reason: 'later' });
    expect(await server.store.suppressions.check([{ ...acme, channel: 'email', address: 'BOB@example.com' }])).toEqual([
      { kind: 'suppressed', by: 'address' },
    ]);
    const listed = (await listAll<Suppression>(client, '/v1/suppressions', 1)).flat();
    expect(listed).toMatchObject([{ reason: 'asked' }]);
    expect((await client.call('DELETE', '/v1/suppressions/email/BOB%40example.com')).status).toBe(204);
    expect((await client.call('DELETE', '/v1/suppressions/email/bob@example.com')).status).toBe(404);
    expect((await listAll(client, '/v1/suppressions', 1)).flat()).toEqual([]);
  });
  test('an address that is none is refused', async () => {
    const { client } = control;
    expect((await client.call('POST', '/v1/suppressions', { channel: 'email', address: 'no' })).status).toBe(400);
    expect((await client.call('DELETE', '/v1/suppressions/fax/a@b.example')).status).toBe(400);
  });
});

describe('dead letters', () => {
  test('are listed and shown with their headers, never with what was in them', async () => {
    const { client } = control;
    await newDeadLetter('HUMA-1.0/1');
    const listed = await client.call<{ items: DeadLetter[] }>('GET', '/v1/dead-letters');
    expect(listed.body.items).toMatchObject([{ id: 'HUMA-1.0/1', reason: 'exhausted', stage: 'sender-email' }]);
    const { status, body } = await client.call('GET', '/v1/dead-letters/HUMA-1.0%2F1');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 'HUMA-1.0/1', record: { bytes: 30, headers: { 'dead-reason': 'exhausted' } } });
    expect(JSON.stringify(body)).not.toContain('private');
    expect((await client.call('GET', '/v1/dead-letters/HUMA-1.0%2F2')).status).toBe(404);
  });

  test('those of no sandbox are for whoever runs the installation', async () => {
    const { client, server } = control;
    await newDeadLetter('herald.dead/0/1', {});
    const reader = await server.client(acme, ['read']);
    expect((await client.call('GET', '/v1/dead-letters/herald.dead%2F0%2F1')).status).toBe(404);
    const listed = await client.call<{ items: DeadLetter[] }>('GET', '/v1/dead-letters?unreadable=true');
    expect(listed.body.items.map(({ id }) => id)).toEqual(['herald.dead/0/1']);
    expect((await client.call('GET', '/v1/dead-letters/herald.dead%2F0%2F1?unreadable=true')).status).toBe(200);
    for (const path of ['/v1/dead-letters?unreadable=true', '/v1/dead-letters/herald.dead%2F0%2F1?unreadable=true']) {
      expect((await reader.call('GET', path)).status).toBe(403);
    }
  });
});
