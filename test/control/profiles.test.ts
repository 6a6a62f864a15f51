import type { Profile } from '@herald/store';
import { describe, expect, test } from '@jest/globals';
import { unique } from '../support/client.ts';
import { listAll, useControl } from './fixture.ts';

const control = useControl();
const path = (namespace: string, value: string): string => `/v1/profiles/${namespace}/${encodeURIComponent(value)}`;
const codeOf = ({ body }: { body: Record<string, unknown> }): unknown =>
  (body['report'] as { additionalContext: { code: string } }).additionalContext.code;

interface Receipt {
  readonly erasedAt: string;
  readonly lastTopicRecordExpiresAt: string;
  readonly deleted: Readonly<Record<string, number>>;
  readonly suppressionsKept: number;
}

describe('attributes', () => {
  test('are changed in dotted names or nested, and taken away by null', async () => {
    const { client } = control;
    const at = path('email', `${unique('ada')}@example.com`);
    await client.call('PUT', at, {
      attributes: { 'person.name.firstName': 'Ada', 'consents.marketing.email.val': 'y', tags: ['a', 'b'] },
    });
    const patch = { 'person.name.lastName': 'Lovelace', consents: { marketing: { email: { val: 'n' } } }, tags: ['c'] };
    const changed = await client.call<Profile>('PATCH', at, {
      attributes: { ...patch, 'person.name.firstName': null },
    });
    expect(changed.status).toBe(200);
    expect(changed.body.attributes).toEqual({
      person: { name: { lastName: 'Lovelace' } },
      consents: { marketing: { email: { val: 'n' } } },
      tags: ['c'],
    });
    expect((await client.call('GET', at)).body).toEqual(changed.body);
  });

  test('changed by many at once have every change', async () => {
    const { client } = control;
    const at = path('crm', unique('busy'));
    await client.call('PUT', at, { attributes: {} });
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => client.call('PATCH', at, { attributes: { [`counts.n${n}`]: n } })),
    );
    const { body } = await client.call<{ attributes: { counts: object } }>('GET', at);
    expect(Object.keys(body.attributes.counts)).toHaveLength(30);
  });

  test('are not changed where there is no profile, nor beyond the limit, nor with another one’s name', async () => {
    const { client } = control;
    const [one, two] = [unique('one'), unique('two')];
    const patch = (value: string, body: object) => client.call('PATCH', path('crm', value), body);
    expect((await patch(one, { attributes: { a: 1 } })).status).toBe(404);
    for (const value of [one, two]) await client.call('PUT', path('crm', value), { attributes: { value } });
    expect(await patch(one, { identities: [{ namespace: 'CRM', value: two }] })).toMatchObject({
      status: 409,
      body: { report: { additionalContext: { field: 'identities[0]' } } },
    });
    const half = { attributes: { a: 'x'.repeat(150_000) } };
    expect((await patch(one, half)).status).toBe(200);
    const over = await patch(one, { attributes: { b: 'x'.repeat(60_000) } });
    expect([over.status, codeOf(over)]).toEqual([413, 'too-large']);
    expect((await patch(one, { identities: [{ namespace: 'email', value: 'no' }] })).status).toBe(400);
    expect((await patch(one, { attribute: {} })).status).toBe(400);
    const added = await patch(one, { identities: [{ namespace: 'ecid', value: unique('e') }] });
    expect(added.body['identities']).toHaveLength(2);
  });
});

test('profiles are counted, in each sandbox by itself', async () => {
  const client = await control.server.client({ sandbox: unique('counted') });
  const counts = async () => (await client.call('GET', '/v1/profiles/counts')).body;
  const dataset = 'AJO Interactive Messaging Profile Dataset';
  expect(await counts()).toEqual({ total: 0, created: 0, dataset });
  for (const value of ['1', '2', '3']) await client.call('PUT', path('crm', value), { attributes: {} });
  expect(await counts()).toEqual({ total: 3, created: 0, dataset });
  await client.call('DELETE', path('crm', '2'));
  expect(await counts()).toEqual({ total: 2, created: 0, dataset });
});

describe('an erasure', () => {
  test('deletes the profile under every name, and its receipt says what and until when', async () => {
    const { client } = control;
    const [email, crm] = [`${unique('ada')}@example.com`, unique('crm')];
    const { body: put } = await client.call<Profile>('PUT', path('email', email), {
      attributes: { 'mobilePhone.number': '+4520123456' },
      identities: [{ namespace: 'crm', value: crm }],
    });
    const before = Date.now();
    const { status, body } = await client.call<Receipt & Record<string, unknown>>('DELETE', path('crm', crm));
    expect([status, body.deleted]).toEqual([200, { profiles: 1, identities: 2, searchEntries: 0, counters: 0 }]);
    expect(Date.parse(body.erasedAt)).toBeGreaterThanOrEqual(before);
    // A day that a message may live, and an hour that this installation keeps its topics.
    expect(Date.parse(body.lastTopicRecordExpiresAt) - Date.parse(body.erasedAt)).toBe(25 * 3_600_000);
    expect(JSON.stringify(body)).not.toContain(email);
    for (const at of [path('email', email), path('crm', crm)]) expect((await client.call('GET', at)).status).toBe(404);
    const all = (await listAll<Profile>(client, '/v1/profiles', 100)).flat();
    expect(all.map(({ id }) => id)).not.toContain(put.id);
  });

  test('of nobody is answered all the same, and again the same', async () => {
    const { client } = control;
    const at = path('email', `${unique('nobody')}@example.com`);
    for (let n = 0; n < 2; n += 1) {
      const { status, body } = await client.call<Receipt & Record<string, unknown>>('DELETE', at);
      expect([status, body.deleted['profiles'], body.suppressionsKept]).toEqual([200, 0, 0]);
    }
  });

  test('takes the person out of the search for messages', async () => {
    const { client, server } = control;
    const email = `${unique('ada')}@example.com`;
    const acme = { org: 'acme', sandbox: 'prod' };
    const hash = server.hasher.identity(acme, 'email', email);
    await server.store.executions.insert([
      {
        ...acme,
        executionId: unique('HUMA'),
        campaignId: 'c',
        campaignVersion: 1,
        requestId: unique('r'),
        keyId: 'k',
        channel: 'email',
        lane: 'transactional',
        guarantee: 'at-least-once',
        bodyHash: 'b',
        recipients: [hash],
        acceptedAt: 1,
        deadline: 2,
      },
    ]);
    const found = async (): Promise<number> =>
      (await client.call<{ items: unknown[] }>('GET', `/v1/executions?userId=${encodeURIComponent(email)}`)).body.items
        .length;
    expect(await found()).toBe(1);
    const { body } = await client.call<Receipt & Record<string, unknown>>('DELETE', path('email', email));
    expect(body.deleted).toMatchObject({ searchEntries: 1 });
    expect(await found()).toBe(0);
  });

  test('leaves the person suppressed, without the address, until somebody takes that away', async () => {
    const { client } = control;
    const email = `${unique('bob')}@example.com`;
    const isListed = async (text: string): Promise<boolean> =>
      JSON.stringify((await client.call('GET', '/v1/suppressions/export')).body).includes(text);
    await client.call('POST', '/v1/suppressions', { channel: 'email', address: email, reason: 'complaint' });
    const { body } = await client.call<Receipt & Record<string, unknown>>('DELETE', path('email', email));
    expect(body.suppressionsKept).toBe(1);
    expect([await isListed(email), await isListed('"kind":"hash"')]).toEqual([false, true]);
    const entry = `/v1/suppressions/email/${encodeURIComponent(email.toUpperCase())}`;
    expect((await client.call('DELETE', entry)).status).toBe(204);
    expect((await client.call('DELETE', entry)).status).toBe(404);
    expect(await isListed('"kind":"hash"')).toBe(false);
  });
});

describe('the suppression list', () => {
  test.each([
    ['email', '@Example.com', '@Example.com', 'domain'],
    ['sms', '+4520*', '+4520*', 'prefix'],
    ['sms', ' +4520123456', '+4520123456', 'address'],
    ['push', 'https://push.example/s/2', 'https://push.example/s/2', 'address'],
    [
      'push',
      JSON.stringify({
        endpoint: 'https://push.example/s/3',
        keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) },
      }),
      'https://push.example/s/3',
      'address',
    ],
  ])('takes, shows and takes off: %s %s', async (channel, address, listed, kind) => {
    const client = await control.server.client({ sandbox: unique('list') });
    const added = await client.call('POST', '/v1/suppressions', { channel, address });
    expect([added.status, added.body]).toEqual([201, { channel, address: listed }]);
    expect((await client.call('GET', '/v1/suppressions')).body).toMatchObject({ items: [{ address: listed, kind }] });
    const gone = await client.call('DELETE', `/v1/suppressions/${channel}/${encodeURIComponent(address)}`);
    expect(gone.status).toBe(204);
    expect((await client.call('GET', '/v1/suppressions')).body).toEqual({ items: [] });
  });

  test.each([
    ['email', 'example.com'],
    ['email', '@'],
    ['email', '@exa mple.com'],
    ['email', '+4520*'],
    ['sms', '+*'],
    ['sms', '*'],
    ['sms', '@example.com'],
    ['push', '@example.com'],
    ['push', 'http://push.example/1'],
  ])('refuses %s %s', async (channel, address) => {
    const answer = await control.client.call('POST', '/v1/suppressions', { channel, address });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid-body']);
  });
});

test('a name of an organisation or sandbox with half a character is refused', async () => {
  const body = '{"name":"x","scopes":["read"],"sandbox":"half \\ud83d"}';
  const answer = await control.client.call('POST', '/v1/keys', body);
  expect(answer).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('surrogate'), report: { additionalContext: { field: 'sandbox' } } },
  });
});
