import type { AuditEntry, Campaign, CampaignValidation } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import { act, campaignInput, newCampaign, newSurface, patch, surfaceInput, typeOf, useControl } from './fixture.ts';

const control = useControl();
const hours = (count: number): string => new Date(control.server.runtime.clock.now() + count * 3_600_000).toISOString();
const content = (subject: string) => ({ content: { subject, html: '<p>x</p>', text: 'x' } });
const get = async (id: string): Promise<Campaign> =>
  (await control.client.call<Campaign>('GET', `/v1/campaigns/${id}`)).body;
const auditOf = async (objectId: string): Promise<AuditEntry[]> =>
  (await control.client.call<{ items: AuditEntry[] }>('GET', `/v1/audit?objectType=campaign&objectId=${objectId}`)).body
    .items;

describe('a surface', () => {
  test.each([
    ['that is not there', async () => 'none'],
    [
      'of another channel',
      async () => (await newSurface(control.client, { channel: 'sms', sender: { from: 'Acme' } })).id,
    ],
    ['that is not active', async () => (await newSurface(control.client, { status: 'inactive' })).id],
  ])('%s cannot be picked', async (_, surface) => {
    const { client } = control;
    const surfaceId = await surface();
    const campaign = await newCampaign(client);
    for (const answer of [
      await client.call('POST', '/v1/campaigns', campaignInput(surfaceId)),
      await patch(client, campaign, { surfaceId }),
    ]) {
      expect([answer.status, typeOf(answer)]).toEqual([422, '002023-422']);
      expect(answer.body).toMatchObject({ report: { additionalContext: { field: 'surfaceId' } } });
    }
    expect((await get(campaign.id)).revision).toBe(1);
  });

  test('and a channel are needed, and nothing else but a title', async () => {
    const { client } = control;
    const { id } = await newSurface(client);
    const least = { title: 't', channel: 'email', surfaceId: id };
    for (const name of ['channel', 'surfaceId']) {
      const answer = await client.call('POST', '/v1/campaigns', { ...least, [name]: undefined });
      expect([name, answer.status, answer.body]).toMatchObject([
        name,
        400,
        { report: { additionalContext: { field: name } } },
      ]);
    }
    const { body } = await client.call<Campaign>('POST', '/v1/campaigns', least);
    expect(body.content).toEqual({});
    expect((await act(client, body.id, 'activate')).body).toMatchObject({ detail: expect.stringContaining('content') });
    expect((await act(client, (await patch(client, body, content('now'))).body.id, 'activate')).status).toBe(200);
  });

  test('that was switched off later leaves the campaign as it is', async () => {
    const { client } = control;
    const campaign = await newCampaign(client);
    const off = { ...surfaceInput, status: 'inactive' };
    await client.call('PUT', `/v1/surfaces/${campaign.surfaceId}`, off, { 'if-match': '"1"' });
    expect((await patch(client, campaign, { title: 'Other' })).status).toBe(200);
  });
});

describe('times', () => {
  test('without an offset are those on the wall of the time zone, and are stored as instants', async () => {
    const { client } = control;
    const campaign = await newCampaign(client, {
      timeZone: 'Europe/Copenhagen',
      startAt: '2030-01-15T09:00:00',
      endAt: '2030-07-15T09:00',
    });
    expect(campaign).toMatchObject({
      timeZone: 'Europe/Copenhagen',
      startAt: '2030-01-15T09:00:00+01:00',
      endAt: '2030-07-15T09:00:00+02:00',
    });
    const moved = await patch(client, campaign, { endAt: '2030-12-24T18:00:00' });
    expect(moved.body.endAt).toBe('2030-12-24T18:00:00+01:00');
    const plain = await patch(client, moved.body, { timeZone: null });
    expect(plain.body).not.toHaveProperty('timeZone');
    const answer = await patch(client, plain.body, { endAt: '2030-12-24T18:00:00' });
    expect([answer.status, answer.body]).toMatchObject([400, { report: { additionalContext: { field: 'endAt' } } }]);
  });

  test('a live campaign is shown as scheduled before its start, exactly', async () => {
    const { client, server } = control;
    server.freeze();
    const { id } = await newCampaign(client, { startAt: hours(1), endAt: hours(2) });
    expect((await act(client, id, 'activate')).body.state).toBe('scheduled');
    server.advance(3_600_000 - 1);
    expect((await get(id)).state).toBe('scheduled');
    server.advance(1);
    expect((await get(id)).state).toBe('live');
    server.advance(3_600_000 - 1);
    expect((await get(id)).state).toBe('live');
    server.advance(1);
    expect((await get(id)).state).toBe('completed');
  });
});

test('a scheduled campaign is stored, and cannot be run yet', async () => {
  const { client } = control;
  const audience = { kind: 'list', id: 'vip' };
  const campaign = await newCampaign(client, { type: 'scheduled', audience, scheduledAt: hours(1) });
  expect(await get(campaign.id)).toMatchObject({ type: 'scheduled', audience, state: 'draft' });
  const listed = await client.call<{ items: Campaign[] }>('GET', '/v1/campaigns?type=scheduled');
  expect(listed.body.items.map(({ id }) => id)).toEqual([campaign.id]);
  const answer = await act(client, campaign.id, 'activate');
  expect([answer.status, typeOf(answer)]).toEqual([409, '002020-409']);
  const { body } = await client.call<CampaignValidation>('GET', `/v1/campaigns/${campaign.id}/validation`);
  expect(body.valid).toBe(false);
  expect(body.issues).toContainEqual({ severity: 'error', field: 'type', message: expect.any(String) });
  expect((await client.call('GET', `/v1/campaigns/${campaign.id}/curl`)).status).toBe(409);
});

describe('archiving', () => {
  test('puts away what is not running, for good and out of the list', async () => {
    const client = await control.server.client({ sandbox: 'archive' });
    const draft = await newCampaign(client, { tags: ['old', 'old'] });
    expect(draft.tags).toEqual(['old']);
    expect((await act(client, draft.id, 'archive')).body.state).toBe('archived');
    for (const action of ['activate', 'pause', 'resume', 'stop', 'archive']) {
      expect([action, (await act(client, draft.id, action)).status]).toEqual([action, 409]);
    }
    const { body } = await client.call<Campaign>('GET', `/v1/campaigns/${draft.id}`);
    expect((await patch(client, body, { title: 'x' })).status).toBe(409);
    const listed = async (query: string): Promise<string[]> =>
      (await client.call<{ items: Campaign[] }>('GET', `/v1/campaigns${query}`)).body.items.map(({ id }) => id);
    expect(await listed('')).toEqual([]);
    expect(await listed('?state=archived&tag=old')).toEqual([draft.id]);

    const live = await newCampaign(client);
    await act(client, live.id, 'activate');
    expect((await act(client, live.id, 'archive')).status).toBe(409);
    await act(client, live.id, 'stop');
    expect((await act(client, live.id, 'archive')).status).toBe(200);
  });
});

test('the list is filtered by state, channel, type and tag, page by page', async () => {
  const client = await control.server.client({ sandbox: 'filters' });
  const sms = await newSurface(client, { channel: 'sms', sender: { from: 'Acme' } });
  const made: Campaign[] = [];
  for (let n = 0; n < 5; n += 1)
    made.unshift(await newCampaign(client, { tags: [n % 2 === 0 ? 'even' : 'odd', 'all'] }));
  const text = { channel: 'sms', content: { text: 'x' } };
  const { body: other } = await client.call<Campaign>('POST', '/v1/campaigns', campaignInput(sms.id, text));
  await act(client, other.id, 'activate');
  const listed = async (query: string): Promise<{ items: Campaign[]; next?: string }> =>
    (await client.call<{ items: Campaign[]; next?: string }>('GET', `/v1/campaigns?${query}`)).body;
  const ids = async (query: string): Promise<string[]> => (await listed(query)).items.map(({ id }) => id);
  const even = [0, 2, 4].map((at) => made[at]?.id);
  expect(await ids('tag=even')).toEqual(even);
  expect(await ids('channel=sms')).toEqual([other.id]);
  expect(await ids('state=live')).toEqual([other.id]);
  expect(await ids('state=draft&type=api-triggered&limit=100')).toEqual(made.map(({ id }) => id));
  expect(await ids('type=scheduled')).toEqual([]);
  const first = await listed('tag=even&limit=2');
  expect(first.items.map(({ id }) => id)).toEqual(even.slice(0, 2));
  expect(await ids(`tag=even&limit=2&cursor=${first.next}`)).toEqual(even.slice(2));
});

test('a duplicate is a draft of its own', async () => {
  const { client } = control;
  const campaign = await newCampaign(client, { tags: ['a'], ...content('one') });
  await act(client, campaign.id, 'activate');
  const copy = await client.call<Campaign>('POST', `/v1/campaigns/${campaign.id}/duplicate`);
  expect(copy.status).toBe(201);
  expect(copy.body).toMatchObject({ state: 'draft', version: 1, revision: 1, tags: ['a'], ...content('one') });
  expect(copy.body.title).toBe('Copy of Password reset');
  expect(copy.body.id).not.toBe(campaign.id);
  expect(copy.headers.get('location')).toContain(copy.body.id);
  const named = await client.call<Campaign>('POST', `/v1/campaigns/${campaign.id}/duplicate`, { title: 'Named' });
  expect(named.body.title).toBe('Named');
  expect((await client.call('POST', '/v1/campaigns/none/duplicate')).status).toBe(404);
});

describe('versions', () => {
  const rollBack = (id: string, version: number, headers = {}) =>
    control.client.call<Campaign>('POST', `/v1/campaigns/${id}/rollback`, { version }, headers);

  test('are listed and read, and an earlier one comes back as a new one', async () => {
    const { client } = control;
    const { id } = await newCampaign(client, content('one'));
    expect((await rollBack(id, 1)).status).toBe(409);
    await act(client, id, 'activate');
    await patch(client, await get(id), content('two'));
    const second = await act(client, id, 'activate');
    await patch(client, second.body, content('three'));
    const versions = async (): Promise<unknown> =>
      (await client.call<{ items: unknown }>('GET', `/v1/campaigns/${id}/versions`)).body.items;
    expect(await versions()).toEqual([
      { version: 3, state: 'draft' },
      { version: 2, state: 'live' },
      { version: 1, state: 'past' },
    ]);
    const read = await client.call('GET', `/v1/campaigns/${id}/versions/1`);
    expect(read.body).toMatchObject({ campaignId: id, version: 1, state: 'past', ...content('one') });
    for (const none of ['4', '0', 'x', '1.5']) {
      expect((await client.call('GET', `/v1/campaigns/${id}/versions/${none}`)).status).toBe(404);
    }
    expect((await rollBack(id, 3)).status).toBe(409);
    expect((await rollBack(id, 2)).status).toBe(409);
    expect((await rollBack(id, 1, { 'if-match': '"1"' })).status).toBe(412);
    const back = await rollBack(id, 1);
    expect(back.body).toMatchObject({ state: 'live', version: 3, liveVersion: 3, ...content('one') });
    const live = await control.server.catalog.refreshCampaign({ org: 'acme', sandbox: 'prod' }, id);
    expect(live?.version).toMatchObject({ version: 3, content: content('one') });
  });

  test('that could not be activated now do not come back', async () => {
    const { client } = control;
    const { id, surfaceId } = await newCampaign(client);
    const { body } = await act(client, id, 'activate');
    const other = await newSurface(client);
    await patch(client, body, { surfaceId: other.id });
    await act(client, id, 'activate');
    const off = { ...surfaceInput, status: 'inactive' };
    await client.call('PUT', `/v1/surfaces/${surfaceId}`, off, { 'if-match': '"1"' });
    expect((await rollBack(id, 1)).status).toBe(422);
    expect((await get(id)).liveVersion).toBe(2);
  });
});

test.each([
  [{ headers: { From: 'x' } }, 'From'],
  [{ headers: { bcc: 'x' } }, 'bcc'],
  [{ headers: { 'Content-Type': 'x' } }, 'Content-Type'],
  [{ headers: { 'X-A\r\nBcc': 'x' } }, 'X-A'],
  [{ headers: { 'X-A': 'a\r\nBcc: b' } }, 'X-A'],
  [{ headers: { 'X-A': 'a', 'x-a': 'b' } }, 'headers'],
  [{ replyTo: 'a@b.example\r\nBcc: c' }, 'replyTo'],
])('a header that is not the author’s to write is refused (%j)', async (over, field) => {
  const { id } = await newSurface(control.client);
  const input = campaignInput(id, { content: { subject: 's', html: 'h', ...over } });
  const answer = await control.client.call('POST', '/v1/campaigns', input);
  expect([answer.status, answer.body['detail']]).toEqual([400, expect.stringContaining(field)]);
});

test('of changes at the same revision at once one is made, and one entry of the log', async () => {
  const { client } = control;
  const campaign = await newCampaign(client);
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => patch(client, campaign, { title: `t${n}` })));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array(9).fill(412)]);
  const { title, revision } = await get(campaign.id);
  expect([title, revision]).toEqual([answers.find(({ status }) => status === 200)?.body.title, 2]);
  expect((await auditOf(campaign.id)).map(({ action }) => action)).toEqual(['change', 'create']);
});

describe('the audit log', () => {
  test('says who changed what, and never what it says', async () => {
    const { client } = control;
    const SECRET = 'secret words';
    const { id } = await newCampaign(client, content(SECRET));
    await patch(client, await get(id), { title: SECRET, content: { subject: SECRET, html: `<p>${SECRET}</p>` } });
    await act(client, id, 'activate');
    await act(client, id, 'activate');
    const entries = await auditOf(id);
    expect(entries).toMatchObject([
      { action: 'activate', version: 1, fields: ['activatedAt', 'liveVersion', 'state'] },
      { action: 'change', version: 1, fields: ['content.html', 'content.text', 'title'] },
      { action: 'create', version: 1 },
    ]);
    expect(new Set(entries.map(({ keyId }) => keyId)).size).toBe(1);
    expect(Date.parse(entries[0]?.at ?? '')).toBeGreaterThan(0);
    expect(JSON.stringify(entries)).not.toContain(SECRET);
  });

  test('has keys, surfaces and suppressions too, these without their address', async () => {
    const client = await control.server.client({ sandbox: 'audit' });
    const surface = await newSurface(client);
    await client.call('PUT', `/v1/surfaces/${surface.id}`, { ...surfaceInput, name: 'x' }, { 'if-match': '"1"' });
    const { body } = await client.call<{ id: string }>('POST', '/v1/keys', { name: 'k', scopes: ['read'] });
    await client.call('DELETE', `/v1/keys/${body.id}`);
    const suppression = { channel: 'email', address: 'ada@example.com', reason: 'asked' };
    await client.call('POST', '/v1/suppressions', suppression);
    await client.call('DELETE', '/v1/suppressions/email/ada@example.com');
    await client.call('DELETE', '/v1/suppressions/email/ada@example.com');
    const { items } = (await client.call<{ items: AuditEntry[] }>('GET', '/v1/audit')).body;
    expect(items.map(({ objectType, action, fields }) => [objectType, action, fields])).toEqual([
      ['suppression', 'remove', []],
      ['suppression', 'add', []],
      ['key', 'revoke', ['revokedAt']],
      ['key', 'create', expect.arrayContaining(['name', 'scopes'])],
      ['surface', 'replace', ['name']],
      ['surface', 'create', expect.arrayContaining(['channel', 'sender'])],
    ]);
    expect(JSON.stringify(items)).not.toContain('ada@');
    expect(items[0]?.objectId).toBe(items[1]?.objectId);
  });

  test('has what was erased and imported, and what came by AJO’s paths', async () => {
    const client = await control.server.client({ sandbox: 'audit-of-people' });
    const ndjson = { 'content-type': 'application/x-ndjson' };
    const line = JSON.stringify({ channel: 'email', address: 'bob@example.com', reason: 'asked' });
    await client.call('POST', '/v1/suppressions/import', line, ndjson);
    const path = '/ajo/config/suppression/addresses';
    await client.call('POST', path, [{ entity: { type: 'email', entityValue: 'ada@example.com' } }]);
    await client.call('DELETE', `${path}/ada@example.com`);
    await client.call('DELETE', '/v1/profiles/email/eve@example.com');
    const { items } = (await client.call<{ items: AuditEntry[] }>('GET', '/v1/audit')).body;
    expect(items.map(({ objectType, action }) => [objectType, action])).toEqual([
      ['profile', 'erase'],
      ['suppression', 'remove'],
      ['suppression', 'add'],
      ['suppression', 'import'],
    ]);
    expect(JSON.stringify(items)).not.toContain('@example.com');
  });
});

test('a review shows every setting, what the content uses, and how a text message is sent', async () => {
  const { client } = control;
  const reviewOf = async (id: string): Promise<CampaignValidation> =>
    (await client.call<CampaignValidation>('GET', `/v1/campaigns/${id}/validation`)).body;
  const email = await newCampaign(client, {
    content: { subject: '{{context.a}}', html: '<p>{{profile.b}}</p>', text: 't' },
  });
  const { settings, attributes } = await reviewOf(email.id);
  const shown = Object.fromEntries(settings.map(({ field, value }) => [field, value]));
  expect(shown).toEqual({
    type: 'api-triggered',
    channel: 'email',
    category: 'transactional',
    reviewRequired: false,
    title: 'Password reset',
    description: '',
    surfaceId: email.surfaceId,
    namespace: 'email',
    createProfiles: false,
    tags: [],
    startAt: null,
    endAt: null,
    timeZone: null,
    audience: null,
    scheduledAt: null,
    timeToLive: 3_600,
    retryMs: null,
    guarantee: 'at-least-once',
    onMissing: 'empty',
    contextSchema: null,
    sensitive: null,
    fragments: null,
    'content.subject': '{{context.a}}',
    'content.html': '<p>{{profile.b}}</p>',
    'content.text': 't',
  });
  expect(attributes).toEqual(['context.a', 'profile.b']);

  const surface = await newSurface(client, { channel: 'sms', sender: { from: 'Acme' } });
  const sms = async (text: string): Promise<CampaignValidation> => {
    const input = campaignInput(surface.id, { channel: 'sms', content: { text } });
    return reviewOf((await client.call<Campaign>('POST', '/v1/campaigns', input)).body.id);
  };
  const short = await sms('a'.repeat(160));
  expect(short).toMatchObject({ issues: [], sms: { encoding: 'gsm-7', segments: 1, characters: 160, exact: true } });
  const long = await sms('a'.repeat(161));
  expect(long).toMatchObject({ valid: true, sms: { encoding: 'gsm-7', segments: 2 } });
  expect(long.issues).toMatchObject([{ severity: 'warning', field: 'content.text' }]);
  const wide = await sms(`Ж${'a'.repeat(69)}`);
  expect(wide).toMatchObject({ sms: { encoding: 'ucs-2', segments: 1 } });
  expect(wide.issues).toMatchObject([{ severity: 'warning', field: 'content.text' }]);
  expect((await sms('{{context.code}}')).sms).toMatchObject({ exact: false });
});
