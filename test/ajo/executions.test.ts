import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { ajoClient, deviation, type AjoAnswer } from './shapes.ts';

const UNITARY = '/ajo/im/executions/unitary';
const HIGH = '/ajo/im/executions/highthroughput';

let herald: Herald;
let ajo: ReturnType<typeof ajoClient>;
let campaignId: string;
beforeAll(async () => {
  herald = await startHerald();
  ajo = ajoClient(herald);
  campaignId = await herald.campaign({
    createProfiles: true,
    content: {
      subject: 'For {{profile.person.name.firstName}}',
      html: '<p>{{context.product.name}} {{context.orderId}}</p>',
      text: '{{context.product.name}}',
    },
  });
});
afterAll(() => herald.dispose());

const external = (over: object = {}) => ({
  type: 'external',
  userId: `${unique('ajo')}@example.com`,
  namespace: 'email',
  profile: { 'person.name.firstName': 'Ada' },
  context: { product: { name: 'Lamp' }, orderId: '17' },
  ...over,
});
const aep = (over: object = {}) => ({
  ...external(),
  type: 'aep',
  mergePolicyName: 'default',
  mergePolicySchema: '_xdm.context.profile',
  ...over,
});
const call = (recipients: readonly object[], over: object = {}) => ({
  requestId: unique('ajo-request'),
  campaignId,
  recipients,
  ...over,
});

const SAMPLES: readonly (readonly [name: string, path: string, shape: string, recipients: () => object[]])[] = [
  ['a profile', UNITARY, 'unitary-request', () => [aep()]],
  ['no profile', UNITARY, 'unitary-request', () => [external()]],
  [
    'an address of the call',
    UNITARY,
    'unitary-request',
    () => [external({ namespace: 'crmId', userId: unique('crm'), channelData: { emailAddress: 'ada@example.com' } })],
  ],
  [
    'both kinds, 20 in all',
    UNITARY,
    'unitary-request',
    () => Array.from({ length: 20 }, (_, n) => (n % 2 ? aep() : external())),
  ],
  ['high throughput', HIGH, 'high-throughput-request', () => [external(), external()]],
];

test.each(SAMPLES)('AJO’s sample runs with only the base URL changed: %s', async (_name, path, shape, recipients) => {
  const body = call(recipients());
  expect(deviation(shape, body)).toBeUndefined();
  const answer = await ajo('POST', path, body);
  expect(answer).toMatchObject({ status: 202, body: { requestId: body.requestId } });
  expect(deviation('execution-response', answer.body)).toBeUndefined();
  expect(await herald.finalMessage(String(answer.body['executionId']))).toMatchObject({ state: 'sent' });
});

test('a repeated request is answered as the first time, whatever x-request-id says', async () => {
  const body = call([external()]);
  const first = await ajo('POST', UNITARY, body, { 'x-request-id': 'same' });
  const second = await ajo('POST', UNITARY, body, { 'x-request-id': 'same' });
  const other = await ajo('POST', UNITARY, call([external()]), { 'x-request-id': 'same' });
  expect(second).toMatchObject({ status: 202, body: first.body });
  expect(other.body['executionId']).not.toBe(first.body['executionId']);
});

test('high throughput takes recipients without a profile only', async () => {
  expect(await ajo('POST', HIGH, call([external(), aep()]))).toMatchObject({
    status: 400,
    body: { report: { additionalContext: { field: 'recipients[1].type' } } },
  });
});

test('health needs no sandbox', async () => {
  const response = await fetch(`${herald.url}/ajo/im/health`, {
    headers: { authorization: `Bearer ${herald.key}`, 'x-api-key': 'client', 'x-gw-ims-org-id': 'herald' },
  });
  expect(response.status).toBe(200);
});

describe('every kind of refusal has AJO’s error document', () => {
  const to = (id: string, one: object = external()) => ajo('POST', UNITARY, call([one], { campaignId: id }));
  const after = async (action: string): Promise<string> => {
    const id = await herald.campaign();
    await herald.call('POST', `/v1/campaigns/${id}/${action}`);
    return id;
  };
  const draft = async (): Promise<string> =>
    (await herald.call<{ id: string }>('POST', `/v1/campaigns/${campaignId}/duplicate`)).body.id;
  const refusals: readonly (readonly [status: number, code: string, ask: () => Promise<AjoAnswer>])[] = [
    [400, 'invalid-body', () => ajo('POST', UNITARY, call([]))],
    [400, 'invalid-body', () => ajo('POST', UNITARY, call(Array.from({ length: 21 }, () => external())))],
    [
      400,
      'invalid-body',
      () => ajo('POST', UNITARY, call([external({ userId: 'a@b.example' }), external({ userId: 'a@b.example' })])),
    ],
    [400, 'invalid-body', () => ajo('POST', UNITARY, call([external({ context: { system: { a: 'b' } } })]))],
    [400, 'invalid-body', () => ajo('POST', UNITARY, '{')],
    [
      401,
      'unauthenticated',
      () => ajoClient(herald, { Authorization: 'Bearer nobody' })('POST', UNITARY, call([external()])),
    ],
    [403, 'forbidden', () => ajoClient(herald, { 'x-sandbox-name': 'other' })('POST', UNITARY, call([external()]))],
    [404, 'campaign-unknown', () => to('none')],
    [409, 'campaign-not-live', async () => to(await draft())],
    [409, 'campaign-not-live', async () => to(await after('pause'))],
    [409, 'campaign-not-live', async () => to(await after('stop'))],
    [409, 'campaign-outside-dates', async () => to(await herald.campaign({ startAt: '2999-01-01T00:00:00Z' }))],
    [400, 'profile-unknown', async () => to(await herald.campaign(), aep())],
    [413, 'too-large', () => ajo('POST', UNITARY, call([external({ context: { a: 'x'.repeat(200_001) } })]))],
    [413, 'too-large', () => ajo('POST', UNITARY, call([external({ profile: { a: 'x'.repeat(1_100_000) } })]))],
    [415, 'unsupported-media-type', () => ajo('POST', UNITARY, call([external()]), { 'Content-Type': 'text/plain' })],
    [405, 'method-not-allowed', () => ajo('GET', UNITARY)],
    [501, 'not-supported', () => ajo('POST', '/ajo/im/executions/audience', { campaignId, context: { a: 'b' } })],
    [501, 'not-supported', () => ajo('GET', '/ajo/im/executions/audience/CMA-1')],
    [501, 'not-supported', () => ajo('GET', '/ajo/im/executions/schedules/1')],
    [501, 'not-supported', () => ajo('DELETE', '/ajo/im/executions/schedules/1')],
    [400, 'invalid-body', () => ajo('POST', `/ajo/simulations/campaigns/${campaignId}/proofs`, {})],
    [501, 'not-supported', () => ajo('GET', '/ajo/config/suppression/domains?type=allowed')],
    [404, 'not-found', () => ajo('GET', '/ajo/content/templates/none')],
    [428, 'precondition-required', () => ajo('PUT', '/ajo/content/templates/none', {})],
  ];
  test.each(refusals.map((row, at) => [at, ...row] as const))('%i: %i %s', async (_at, status, code, ask) => {
    const answer = await ask();
    expect(answer).toMatchObject({ status, body: { status, report: { additionalContext: { code } } } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(deviation('error-response', answer.body)).toBeUndefined();
    expect(String(answer.body['type'])).toMatch(new RegExp(`-${status}$`));
  });

  test('a conflict names the request and the campaign', async () => {
    const body = call([external()]);
    await ajo('POST', UNITARY, body);
    const answer = await ajo('POST', UNITARY, { ...body, recipients: [external()] });
    const { requestId } = body;
    const additionalContext = { code: 'request-id-reused', requestId, campaignId };
    expect(answer).toMatchObject({ status: 409, body: { report: { additionalContext } } });
    expect(deviation('error-response', answer.body)).toBeUndefined();
  });
});
