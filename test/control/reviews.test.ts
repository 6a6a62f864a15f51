import type { AuditEntry, Campaign, CampaignValidation } from '@herald/contracts';
import { createControlApi } from '@herald/control';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unique, type Answer, type Client } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { act, campaignInput, newCampaign, newSurface, patch, typeOf } from './fixture.ts';

const HOUR = 3_600_000;
let server: TestServer;
let author: Client;
let reviewer: Client;
beforeAll(async () => {
  const config = {
    topicRetentionMs: HOUR,
    sweepGraceMs: 300_000,
    recordRetentionDays: 30,
    reviewSandboxes: ['watched'],
  };
  server = await startServer((parts) => [createControlApi({ ...parts, providers: [], config })]);
  author = await server.client({}, ['read', 'control', 'approve']);
  reviewer = await server.client({}, ['read', 'approve']);
});
afterAll(() => server.dispose());

const get = async ({ id }: Pick<Campaign, 'id'>): Promise<Campaign> =>
  (await author.call<Campaign>('GET', `/v1/campaigns/${id}`)).body;
const decide = (
  client: Client,
  { id, revision }: Campaign,
  decision: 'approve' | 'reject',
  body?: object,
): Promise<Answer<Campaign>> =>
  client.call<Campaign>('POST', `/v1/campaigns/${id}/${decision}`, body, { 'if-match': `"${revision}"` });
const submitted = async (campaign: Campaign): Promise<Campaign> => {
  const answer = await act(author, campaign.id, 'submit');
  expect(answer.status).toBe(200);
  return answer.body;
};
const approved = async (campaign: Campaign): Promise<Campaign> => {
  const answer = await decide(reviewer, await submitted(campaign), 'approve');
  expect(answer.status).toBe(200);
  return answer.body;
};
const newReviewed = (over: object = {}) => newCampaign(author, { reviewRequired: true, ...over });
const keyOf = async (client: Client): Promise<string | undefined> => {
  const { createdAt: _at, ...found } = (await newCampaign(client)) as Campaign & { authors: string[] };
  return found.authors[0];
};

test('draft, review, live: a version is activated once another key has approved it', async () => {
  const campaign = await newReviewed();
  expect(campaign).toMatchObject({ state: 'draft', reviewRequired: true, authors: [await keyOf(author)] });
  const early = await act(author, campaign.id, 'activate');
  expect([early.status, typeOf(early)]).toEqual([409, '002030-409']);
  expect(early.body).toMatchObject({
    detail: expect.stringContaining('version 1'),
    report: { additionalContext: { code: 'not-approved', campaignId: campaign.id, version: '1' } },
  });
  const validation = await author.call<CampaignValidation>('GET', `/v1/campaigns/${campaign.id}/validation`);
  expect(validation.body).toMatchObject({ valid: false, issues: [{ severity: 'error', field: 'review' }] });

  const handedIn = await submitted(campaign);
  expect(handedIn).toMatchObject({ state: 'review', review: { version: 1, state: 'submitted' } });
  expect((await act(author, campaign.id, 'submit')).status).toBe(409);
  expect(typeOf(await act(author, campaign.id, 'activate'))).toBe('002030-409');
  const listed = await author.call<{ items: Campaign[] }>('GET', '/v1/campaigns?state=review');
  expect(listed.body.items.map(({ id }) => id)).toEqual([campaign.id]);

  const decided = await decide(reviewer, handedIn, 'approve', { note: 'fine' });
  expect(decided.body).toMatchObject({ state: 'review', review: { state: 'approved', note: 'fine', version: 1 } });
  expect((await decide(reviewer, decided.body, 'approve')).status).toBe(409);
  const after = await author.call<CampaignValidation>('GET', `/v1/campaigns/${campaign.id}/validation`);
  expect(after.body.valid).toBe(true);
  expect((await act(author, campaign.id, 'activate')).body).toMatchObject({ state: 'live', liveVersion: 1 });
});

test('who wrote a version, or handed it in, cannot approve it; nor can a key without the scope', async () => {
  const campaign = await newReviewed();
  const second = await server.client({}, ['read', 'control', 'approve']);
  const written = (await patch(second, campaign, { title: 'by another' })).body;
  expect(written.authors).toHaveLength(2);
  const third = await server.client({}, ['control', 'approve']);
  const handedIn = (await act(third, campaign.id, 'submit')).body;
  for (const client of [author, second, third]) {
    const answer = await decide(client, handedIn, 'approve');
    expect([answer.status, typeOf(answer)]).toEqual([403, '001003-403']);
  }
  const noScope = await server.client({}, ['execute', 'read', 'control', 'keys']);
  for (const decision of ['approve', 'reject'] as const)
    expect((await decide(noScope, handedIn, decision, { note: 'x' })).status).toBe(403);
  expect((await get(campaign)).review?.state).toBe('submitted');
  expect((await decide(reviewer, handedIn, 'approve')).status).toBe(200);
  // A copy is by whoever wrote what it says, too.
  const copy = (await third.call<Campaign>('POST', `/v1/campaigns/${campaign.id}/duplicate`)).body;
  expect(copy).toMatchObject({ state: 'draft', reviewRequired: true });
  expect(copy).not.toHaveProperty('review');
  const again = (await act(third, copy.id, 'submit')).body;
  expect((await decide(author, again, 'approve')).status).toBe(403);
});

test('a rejection says what is to be changed, and takes an approval back', async () => {
  const campaign = await newReviewed();
  const handedIn = await submitted(campaign);
  expect((await decide(reviewer, handedIn, 'reject', {})).status).toBe(400);
  const rejected = await decide(reviewer, handedIn, 'reject', { note: 'no greeting' });
  expect(rejected.body).toMatchObject({ state: 'draft', review: { state: 'rejected', note: 'no greeting' } });
  expect((await decide(reviewer, rejected.body, 'approve')).status).toBe(409);
  const back = await decide(reviewer, await approved(campaign), 'reject', { note: 'after all' });
  expect(back.body.state).toBe('draft');
  expect(typeOf(await act(author, campaign.id, 'activate'))).toBe('002030-409');
});

test('a change of what was approved needs another approval', async () => {
  const campaign = await approved(await newReviewed());
  const changed = await patch(author, campaign, { title: 'another' });
  expect(changed.body).toMatchObject({ state: 'draft', version: 1 });
  expect(changed.body).not.toHaveProperty('review');
  expect(typeOf(await act(author, campaign.id, 'activate'))).toBe('002030-409');
  const live = (await act(author, (await approved(changed.body)).id, 'activate')).body;
  const second = (await patch(author, live, { title: 'the second version' })).body;
  expect(second).toMatchObject({ state: 'live', version: 2, authors: [campaign.authors?.[0]] });
  const early = await act(author, campaign.id, 'activate');
  expect(early.body).toMatchObject({ report: { additionalContext: { version: '2' } } });
  expect((await act(author, (await approved(second)).id, 'activate')).body).toMatchObject({ liveVersion: 2 });
  const rolledBack = await author.call<Campaign>('POST', `/v1/campaigns/${campaign.id}/rollback`, { version: 1 });
  expect(rolledBack.body).toMatchObject({ state: 'live', liveVersion: 3, title: 'another' });
  expect(rolledBack.body).not.toHaveProperty('review');
});

test('what was looked at is what is approved: not what somebody else made of it since', async () => {
  const seen = await submitted(await newReviewed());
  const changed = (await patch(author, seen, { title: 'not what was looked at' })).body;
  await submitted(changed);
  expect((await decide(reviewer, seen, 'approve')).status).toBe(412);
  const { id } = seen;
  expect((await reviewer.call('POST', `/v1/campaigns/${id}/approve`)).status).toBe(428);
  // Of a change and an approval at once, one is made.
  for (let round = 0; round < 10; round += 1) {
    let current = await get({ id });
    if (current.state !== 'review') current = await submitted(current);
    const [one, other] = await Promise.all([
      decide(reviewer, current, 'approve'),
      patch(author, current, { title: `round ${round}` }),
    ]);
    expect([one.status, other.status].toSorted((a, b) => a - b)).toEqual([200, 412]);
    const now = await get({ id });
    expect(now.state === 'review').toBe(one.status === 200);
    if (now.state === 'review') await patch(author, now, { title: `again ${round}` });
  }
});

test('what is approved has its fragments as they were handed in', async () => {
  const name = unique('footer');
  const fragment = (await author.call<{ id: string }>('POST', '/v1/fragments', { name, text: '<p>one</p>' })).body;
  const publish = () => author.call('POST', `/v1/fragments/${fragment.id}/publish`);
  await publish();
  const content = { subject: 's', html: `{{> ${name}}}`, text: 't' };
  const campaign = await approved(await newReviewed({ content }));
  await author.call('PUT', `/v1/fragments/${fragment.id}`, { name, text: '<p>two</p>' }, { 'if-match': '*' });
  await publish();
  const request = { recipients: [{ type: 'external', userId: 'ada@example.com', namespace: 'email' }] };
  const preview = async (): Promise<unknown> =>
    (await author.call('POST', `/v1/campaigns/${campaign.id}/preview`, { request })).body['previews'];
  expect(await preview()).toMatchObject([{ content: { html: '<p>one</p>' } }]);
  expect((await act(author, campaign.id, 'activate')).status).toBe(200);
  expect(await preview()).toMatchObject([{ content: { html: '<p>one</p>' } }]);
});

test('a validation reads the fragments, too: those that an activation would use', async () => {
  const name = unique('code');
  const text = '{{context.code}} ✓'.repeat(5);
  const fragment = (await author.call<{ id: string }>('POST', '/v1/fragments', { name, text })).body;
  await author.call('POST', `/v1/fragments/${fragment.id}/publish`);
  const surface = await author.call<{ id: string }>('POST', '/v1/surfaces', {
    name: unique('sms'),
    channel: 'sms',
    sender: { from: '+4552515253' },
  });
  const made = await author.call<Campaign>('POST', '/v1/campaigns', {
    title: 'Code',
    channel: 'sms',
    surfaceId: surface.body.id,
    content: { text: `{{> ${name}}} {{context.name}}` },
    reviewRequired: true,
  });
  const validation = async (): Promise<object> =>
    (await author.call('GET', `/v1/campaigns/${made.body.id}/validation`)).body;
  const expected = { valid: false, attributes: ['context.code', 'context.name'], sms: { encoding: 'ucs-2' } };
  expect(await validation()).toMatchObject(expected);
  await approved(made.body);
  await author.call('DELETE', `/v1/fragments/${fragment.id}`, undefined, { 'if-match': '*' });
  expect(await validation()).toMatchObject({ ...expected, valid: true });
});

test('only what could be activated is handed in', async () => {
  const broken = await newReviewed({ content: { subject: '{{#if', html: 'h', text: 't' } });
  expect((await act(author, broken.id, 'submit')).status).toBe(422);
  const campaign = await approved(await newReviewed());
  await act(author, campaign.id, 'activate');
  expect((await act(author, campaign.id, 'submit')).status).toBe(409);
  const put = await newReviewed();
  expect((await act(author, (await submitted(put)).id, 'archive')).body.state).toBe('archived');
  expect((await decide(reviewer, await get(put), 'approve')).status).toBe(409);
});

describe('a review is needed', () => {
  test('where a campaign says so, for good', async () => {
    const campaign = await newCampaign(author);
    expect(campaign).not.toHaveProperty('reviewRequired');
    expect((await patch(author, campaign, { reviewRequired: false })).status).toBe(400);
    const changed = await patch(author, campaign, { reviewRequired: true });
    expect(changed.body.reviewRequired).toBe(true);
    expect((await patch(author, changed.body, { reviewRequired: false })).status).toBe(400);
    expect(typeOf(await act(author, campaign.id, 'activate'))).toBe('002030-409');
    const free = await newCampaign(author);
    expect((await act(author, free.id, 'activate')).status).toBe(200);
  });

  test('in the sandboxes that the installation names, whatever a campaign says', async () => {
    const client = await server.client({ sandbox: 'watched' });
    const surface = await newSurface(client);
    for (const over of [{}, { reviewRequired: false }]) {
      const { body } = await client.call<Campaign>('POST', '/v1/campaigns', campaignInput(surface.id, over));
      expect(body.reviewRequired).toBe(true);
      expect(typeOf(await act(client, body.id, 'activate'))).toBe('002030-409');
    }
  });
});

test('every step of a review is in the audit log, without its note', async () => {
  const campaign = await approved(await newReviewed());
  await decide(reviewer, campaign, 'reject', { note: 'a secret note' });
  const { body } = await author.call<{ items: AuditEntry[] }>('GET', `/v1/audit?objectId=${campaign.id}`);
  expect(body.items.map(({ action, fields, version }) => [action, fields.includes('review'), version])).toEqual([
    ['reject', true, 1],
    ['approve', true, 1],
    ['submit', true, 1],
    ['create', false, 1],
  ]);
  const [reject, , submit] = body.items;
  expect(reject?.keyId).not.toBe(submit?.keyId);
  expect(JSON.stringify(body)).not.toContain('secret');
});
