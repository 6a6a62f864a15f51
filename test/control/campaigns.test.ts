import { campaignSchema, type Campaign, type CampaignIssue } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import {
  act,
  campaignInput,
  listAll,
  newCampaign,
  newSurface,
  patch,
  surfaceInput,
  typeOf,
  useControl,
} from './fixture.ts';

const control = useControl();
const content = (subject: string) => ({ content: { subject, html: '<p>x</p>', text: 'x' } });
const hours = (count: number): string => new Date(control.server.runtime.clock.now() + count * 3_600_000).toISOString();

/** What calls would get now: the catalog's answer. */
const live = (id: string) => control.server.catalog.refreshCampaign({ org: 'acme', sandbox: 'prod' }, id);

test('a campaign is created as a draft, with its defaults, and reads as it was written', async () => {
  const { client } = control;
  const surface = await newSurface(client);
  const input = campaignInput(surface.id, { description: 'For those who forgot theirs.' });
  const created = await client.call<Campaign>('POST', '/v1/campaigns', input);
  expect(created.status).toBe(201);
  expect(created.headers.get('etag')).toBe('"1"');
  expect(campaignSchema.strict().parse(created.body)).toEqual(created.body);
  expect(created.body).toMatchObject({
    ...input,
    type: 'api-triggered',
    tags: [],
    category: 'transactional',
    namespace: 'email',
    createProfiles: false,
    timeToLive: 3_600,
    guarantee: 'at-least-once',
    onMissing: 'empty',
    state: 'draft',
    version: 1,
    revision: 1,
  });
  expect(created.body).not.toHaveProperty('liveVersion');
  const read = await client.call('GET', created.headers.get('location') ?? '');
  expect(read.body).toEqual(created.body);
});

test.each([
  [{ title: '' }, 'title'],
  [{ channel: 'fax' }, 'channel'],
  [{ content: { subject: 's' } }, 'content.html'],
  [{ startAt: 'tomorrow' }, 'startAt'],
  [{ startAt: '2026-01-01T00:00:00' }, 'startAt'],
  [{ timeToLive: 86_401 }, 'timeToLive'],
  [{ audience: 'all' }, 'audience'],
  [{ audience: { kind: 'list', id: 'vip' } }, 'audience'],
  [{ scheduledAt: '2027-01-01T00:00:00Z' }, 'scheduledAt'],
  [{ type: 'scheduled', scheduledAt: '2027-01-01T00:00:00Z' }, 'audience'],
  [{ type: 'scheduled', audience: { kind: 'audience', id: 'a' } }, 'scheduledAt'],
  [{ tags: [''] }, 'tags[0]'],
  [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
  [{ startAt: '2027-03-28T02:30:00', timeZone: 'Europe/Copenhagen' }, 'startAt'],
])('%j is refused', async (over, field) => {
  const answer = await control.client.call('POST', '/v1/campaigns', campaignInput('s', over));
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ report: { additionalContext: { field } } });
});

describe('changes', () => {
  test('need the revision that they are based on', async () => {
    const { client } = control;
    const campaign = await newCampaign(client);
    expect(campaign.description).toBe('');
    expect((await client.call('PATCH', `/v1/campaigns/${campaign.id}`, { title: 'x' })).status).toBe(428);
    const over = { title: 'New title', description: 'What it is for' };
    const changed = await patch(client, campaign, over);
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ ...over, revision: 2, version: 1, content: campaign.content });
    expect((await client.call('GET', `/v1/campaigns/${campaign.id}`)).body).toEqual(changed.body);
    expect((await patch(client, campaign, { title: 'Late' })).status).toBe(412);
    expect((await client.call('PATCH', '/v1/campaigns/none', {}, { 'if-match': '"1"' })).status).toBe(404);
  });

  test('profiles are created where it says so, until it says otherwise', async () => {
    const { client } = control;
    let campaign = await newCampaign(client, { createProfiles: true });
    for (const createProfiles of [true, false, true]) {
      campaign = (await patch(client, campaign, { createProfiles })).body;
      const { body } = await client.call<Campaign>('GET', `/v1/campaigns/${campaign.id}`);
      expect([campaign.createProfiles, body.createProfiles]).toEqual([createProfiles, createProfiles]);
    }
  });

  test('a date is set, and taken away with null', async () => {
    const { client } = control;
    const campaign = await newCampaign(client, { startAt: hours(1) });
    const dated = await patch(client, campaign, { endAt: hours(2) });
    expect(dated.body).toMatchObject({ startAt: campaign.startAt, endAt: expect.any(String) });
    const undated = await patch(client, dated.body, { startAt: null, endAt: null });
    expect(undated.body).not.toHaveProperty('startAt');
    expect(undated.body).not.toHaveProperty('endAt');
    expect(undated.body.title).toBe(campaign.title);
  });

  test('a draft is changed in place; a live campaign gets a version beside the one that calls use', async () => {
    const { client } = control;
    const draft = await newCampaign(client, content('one'));
    const edited = await patch(client, draft, content('two'));
    expect(edited.body.version).toBe(1);
    const activated = await act(client, draft.id, 'activate');
    expect(activated.body).toMatchObject({ state: 'live', version: 1, liveVersion: 1, revision: 3 });
    expect(Date.parse(activated.body.activatedAt ?? '')).toBeGreaterThan(0);

    const beside = await patch(client, activated.body, content('three'));
    expect(beside.body).toMatchObject({ state: 'live', version: 2, liveVersion: 1, ...content('three') });
    expect((await live(draft.id))?.version?.content).toMatchObject(content('two'));
    const again = await patch(client, beside.body, content('four'));
    expect(again.body).toMatchObject({ version: 2, liveVersion: 1, ...content('four') });
    const stored = (version: number) =>
      control.server.store.campaigns.getVersion({ org: 'acme', sandbox: 'prod' }, draft.id, version);
    expect((await stored(1))?.content).toMatchObject(content('two'));

    expect((await act(client, draft.id, 'activate')).body).toMatchObject({ version: 2, liveVersion: 2 });
    expect((await live(draft.id))?.version?.content).toMatchObject(content('four'));
    expect((await stored(1))?.content).toMatchObject(content('two'));
  });
});

describe('states', () => {
  const into: Record<string, readonly string[]> = {
    draft: [],
    live: ['activate'],
    paused: ['activate', 'pause'],
    stopped: ['activate', 'stop'],
  };
  test.each([
    ['draft', { activate: 'live', pause: 409, resume: 409, stop: 409 }],
    ['live', { activate: 409, pause: 'paused', resume: 409, stop: 'stopped' }],
    ['paused', { activate: 409, pause: 409, resume: 'live', stop: 'stopped' }],
    ['stopped', { activate: 409, pause: 409, resume: 409, stop: 409 }],
  ])('%s', async (state, outcomes) => {
    const { client } = control;
    for (const [action, outcome] of Object.entries(outcomes)) {
      const { id } = await newCampaign(client);
      for (const step of into[state] ?? []) expect((await act(client, id, step)).status).toBe(200);
      const answer = await act(client, id, action);
      if (outcome === 409) expect([answer.status, typeOf(answer)]).toEqual([409, '002005-409']);
      else expect([answer.status, answer.body.state]).toEqual([200, outcome]);
      const { body } = await client.call<Campaign>('GET', `/v1/campaigns/${id}`);
      expect(body.state).toBe(outcome === 409 ? state : outcome);
    }
  });

  test('an action on what was reviewed is refused when it has changed since', async () => {
    const { client } = control;
    const campaign = await newCampaign(client);
    await patch(client, campaign, content('changed'));
    expect((await act(client, campaign.id, 'activate', { 'if-match': '"1"' })).status).toBe(412);
    expect((await act(client, campaign.id, 'activate', { 'if-match': '"2"' })).status).toBe(200);
    expect((await act(client, 'none', 'activate')).status).toBe(404);
  });

  test('a stop among changes at the same time is carried out', async () => {
    const { client } = control;
    const { id } = await newCampaign(client);
    const { body } = await act(client, id, 'activate');
    const answers = await Promise.all([
      patch(client, body, { title: 'a' }),
      act(client, id, 'stop'),
      patch(client, body, { title: 'b' }),
    ]);
    expect(answers[1].status).toBe(200);
    expect((await client.call<Campaign>('GET', `/v1/campaigns/${id}`)).body.state).toBe('stopped');
    const current = (await client.call<Campaign>('GET', `/v1/campaigns/${id}`)).body;
    expect(typeOf(await patch(client, current, { title: 'c' }))).toBe('002005-409');
  });

  test('of many who ask for the same at once one gets it, and the others hear how it is by then', async () => {
    const { client } = control;
    const { id } = await newCampaign(client);
    await act(client, id, 'activate');
    const answers = await Promise.all(Array.from({ length: 6 }, () => act(client, id, 'pause')));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409, 409]);
    for (const answer of answers) if (answer.status === 409) expect(typeOf(answer)).toBe('002005-409');
  });

  test('a live campaign is completed when the version that calls use is over', async () => {
    const { client } = control;
    const { id } = await newCampaign(client, { endAt: hours(1) });
    const { body } = await act(client, id, 'activate');
    await patch(client, body, { endAt: null });
    control.server.advance(3_600_000);
    const read = await client.call<Campaign>('GET', `/v1/campaigns/${id}`);
    expect(read.body).toMatchObject({ state: 'completed', version: 2, liveVersion: 1 });
    expect((await act(client, id, 'activate')).body.state).toBe('live');
  });
});

describe('validation', () => {
  const issuesOf = async (id: string): Promise<{ valid: boolean; issues: CampaignIssue[] }> =>
    (await control.client.call<{ valid: boolean; issues: CampaignIssue[] }>('GET', `/v1/campaigns/${id}/validation`))
      .body;

  test('what is right has no issues', async () => {
    const { id } = await newCampaign(control.client);
    expect(await issuesOf(id)).toMatchObject({ valid: true, issues: [] });
  });

  test.each([
    ['content.subject', () => ({ content: undefined })],
    ['content.html', () => ({ content: { subject: 's', html: '<p>{{#if context.a}}</p>', text: 't' } })],
    ['content.subject', () => ({ content: { subject: '{{evil.name}} {{#partial}}', html: 'h', text: 't' } })],
    ['content.html', () => ({ content: { subject: 's', html: '<a href="javascript:x">a</a>', text: 't' } })],
    ['content.html', () => ({ content: { subject: 's', html: '<img src="/logo.png">', text: 't' } })],
    ['endAt', () => ({ startAt: hours(2), endAt: hours(1) })],
    ['endAt', () => ({ endAt: hours(-1) })],
  ])('an error in %s blocks the activation', async (field, over) => {
    const { client } = control;
    const { id } = await newCampaign(client, over());
    const { valid, issues } = await issuesOf(id);
    expect(valid).toBe(false);
    expect(issues).toContainEqual({ severity: 'error', field, message: expect.any(String) });
    const answer = await act(client, id, 'activate');
    expect([answer.status, typeOf(answer)]).toEqual([422, '002006-422']);
    expect(answer.body).toMatchObject({ report: { additionalContext: { field, campaignId: id } } });
    expect((await client.call<Campaign>('GET', `/v1/campaigns/${id}`)).body.state).toBe('draft');
  });

  test('a surface that is not active blocks it too', async () => {
    const { client } = control;
    const { id, surfaceId } = await newCampaign(client);
    const inactive = { ...surfaceInput, status: 'inactive' };
    await client.call('PUT', `/v1/surfaces/${surfaceId}`, inactive, { 'if-match': '"1"' });
    expect((await issuesOf(id)).issues).toMatchObject([{ severity: 'error', field: 'surfaceId' }]);
    expect((await act(client, id, 'activate')).status).toBe(422);
  });

  test('warnings do not', async () => {
    const { client } = control;
    const { id } = await newCampaign(client, {
      createProfiles: true,
      content: { subject: 's', html: '<p>{{profile.person.name.firstName}}</p><a href="">x</a>' },
    });
    const { valid, issues } = await issuesOf(id);
    expect(valid).toBe(true);
    expect(issues.map(({ severity, field }) => `${severity} ${field}`)).toEqual([
      'warning content.html',
      'warning content.text',
      'warning createProfiles',
    ]);
    expect((await act(client, id, 'activate')).status).toBe(200);
    expect((await client.call('GET', '/v1/campaigns/none/validation')).status).toBe(404);
  });
});

test('lists come in pages, newest first', async () => {
  const client = await control.server.client({ sandbox: 'paging' });
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) ids.unshift((await newCampaign(client)).id);
  const pages = await listAll<Campaign>(client, '/v1/campaigns', 2);
  expect(pages.map((page) => page.map(({ id }) => id))).toEqual([ids.slice(0, 2), ids.slice(2)]);
});
