import type { DeadLetterView, MessageView, Scope, Tenant, WebhookDelivery } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recipient, unique, type Client } from '../support/client.ts';
import { bodyHeaders, type DescribedOperation, type Description } from '../support/described.ts';
import { bounceOf } from '../support/reports.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

/** One of everything, in the sandbox of the first key. */
interface Belongings {
  readonly surfaceId: string;
  readonly campaignId: string;
  readonly executionId: string;
  readonly requestId: string;
  readonly messageId: string;
  readonly deadLetterId: string;
  readonly keyId: string;
  readonly person: string;
  readonly suppressed: string;
  readonly templateId: string;
  readonly fragmentId: string;
  readonly webhookId: string;
  readonly webhookDeliveryId: string;
  readonly domain: string;
  readonly uploadId: string;
  readonly proofJobId: string;
}
interface Described extends DescribedOperation {
  readonly method: string;
  readonly path: string;
}
interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: object | string;
  readonly headers: Record<string, string>;
}

let herald: Herald;
let operations: readonly Described[];
let own: Belongings;

beforeAll(async () => {
  // No mail server answers: what is accepted ends as dead.
  herald = await startHerald({
    HERALD_SMTP_URL: 'smtp://127.0.0.1:1',
    HERALD_INBOX: 'off',
    HERALD_ALLOWED_PRIVATE_HOSTS: '127.0.0.1',
    HERALD_WEBHOOK_RETRY_MS: '50',
    HERALD_CIRCUIT_FAILURES: '20',
  });
  const document = (await herald.call('GET', '/openapi.json')).body as unknown as Description;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
  own = await belongings();
}, 60_000);
afterAll(() => herald.dispose());

const SECRET = 'of-the-first-sandbox';
const surface = (name: string) => ({ name, channel: 'email', sender: { address: 'a@b.example' } });
const campaign = (surfaceId: string, title: string) => ({
  title,
  channel: 'email',
  surfaceId,
  content: { subject: 'Reset', html: '<p>Hi</p>' },
});

const webhook = (name: string) => ({ name, url: 'https://127.0.0.1:1/hook', eventTypes: ['message.dead'] });
const fixture = { description: SECRET, request: { recipients: [recipient()] } };
const template = { name: `template ${SECRET}`, channel: 'email', content: { subject: 's', html: '<p>x</p>' } };
const fragment = { name: `fragment-${SECRET}`, text: `<p>${SECRET}</p>` };
const elsewhere = {
  template: { name: 't', templateType: 'html', channels: ['email'], template: { html: '<p>x</p>' } },
  fragment: { name: 'f', type: 'html', channels: ['email'], fragment: { content: 'x' } },
  patch: [{ op: 'replace', path: '/description', value: 'x' }],
};

async function belongings(): Promise<Belongings> {
  const create = async (path: string, body: object): Promise<string> =>
    (await herald.call<{ id: string }>('POST', path, body)).body.id;
  const surfaceId = await create('/v1/surfaces', surface(`surface-${SECRET}`));
  const campaignId = await create('/v1/campaigns', campaign(surfaceId, `Title ${SECRET}`));
  expect((await herald.call('POST', `/v1/campaigns/${campaignId}/activate`)).status).toBe(200);
  const person = `${unique('person')}@example.com`;
  await herald.call('PUT', `/v1/campaigns/${campaignId}/fixtures/own`, fixture);
  await herald.call('PUT', `/v1/profiles/email/${person}`, { attributes: { note: SECRET } });
  const suppressed = `${unique('suppressed')}@example.com`;
  await herald.call('POST', '/v1/suppressions', { channel: 'email', address: suppressed, reason: SECRET });
  const templateId = await create('/v1/templates', template);
  const fragmentId = await create('/v1/fragments', fragment);
  expect((await herald.call('POST', `/v1/fragments/${fragmentId}/publish`)).status).toBe(200);
  const webhookId = await create('/v1/webhooks', webhook(`hook ${SECRET}`));
  const domain = `${unique('domain')}.example`;
  await herald.call('POST', '/v1/suppressions', { channel: 'email', address: `@${domain}`, reason: SECRET });
  const uploadId = await upload(`EMAIL,${SECRET}@example.com`);
  const proofJobId = await proofJob(campaignId);
  const keyId = await create('/v1/keys', { name: `key ${SECRET}`, scopes: ['read'] });
  const requestId = unique('request');
  const { executionId } = (await herald.trigger(campaignId, { requestId, recipients: [recipient({ userId: person })] }))
    .body;
  const { messageId } = await herald.finalMessage(executionId);
  const deadLetterId = await until('the dead letter is there', async () => {
    const { body } = await herald.call<{ items: DeadLetterView[] }>('GET', '/v1/dead-letters');
    return body.items.find((letter) => letter.messageId === messageId)?.id;
  });
  const webhookDeliveryId = await until('the delivery is there', async () => {
    const { body } = await herald.call<{ items: WebhookDelivery[] }>('GET', `/v1/webhooks/${webhookId}/deliveries`);
    return body.items.find((delivery) => delivery.event.data.messageId === messageId && delivery.state === 'failed')
      ?.id;
  });
  return {
    webhookId,
    webhookDeliveryId,
    surfaceId,
    campaignId,
    executionId,
    requestId,
    messageId,
    deadLetterId,
    keyId,
    person,
    suppressed,
    templateId,
    fragmentId,
    domain,
    uploadId,
    proofJobId,
  };
}

async function upload(text: string): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([text]), `${SECRET}.csv`);
  const headers = { authorization: `Bearer ${herald.key}` };
  const answer = await fetch(`${herald.url}/ajo/config/suppression/uploads`, { method: 'POST', headers, body: form });
  return ((await answer.json()) as { success: { jobId: string } }).success.jobId;
}

const proofs = {
  recipients: [
    { userId: 'x', namespace: 'crm', channelsData: [{ channel: 'email', emailAddresses: ['elsewhere@example.com'] }] },
  ],
};
async function proofJob(campaignId: string): Promise<string> {
  const path = `/ajo/simulations/campaigns/${campaignId}/proofs`;
  return (await herald.call<{ proofJobId: string }>('POST', path, proofs)).body.proofJobId;
}

/** What stands in each path, by where it begins. An operation with another path needs an entry here. */
const parametersOf = (): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  '/v1/surfaces/': { id: own.surfaceId },
  '/v1/campaigns/': { id: own.campaignId, name: 'own', version: '1' },
  '/v1/executions/': { id: own.executionId },
  '/v1/messages/': { id: own.messageId },
  '/v1/dead-letters/': { id: own.deadLetterId },
  '/v1/keys/': { id: own.keyId },
  '/v1/profiles/': { namespace: 'email', value: own.person },
  '/v1/suppressions/': { channel: 'email', address: own.suppressed },
  '/v1/templates/': { id: own.templateId },
  '/v1/webhooks/': { id: own.webhookId, deliveryId: own.webhookDeliveryId },
  '/v1/fragments/': { id: own.fragmentId },
  '/ajo/content/templates/': { id: own.templateId },
  '/ajo/content/fragments/': { id: own.fragmentId },
  '/ajo/config/suppression/addresses/': { address: own.suppressed },
  '/ajo/config/suppression/domains/': { domain: own.domain },
  '/ajo/config/suppression/uploads/': { id: own.uploadId },
  '/ajo/simulations/campaigns/': { campaignId: own.campaignId, proofJobId: own.proofJobId },
  '/journey/campaigns/service/campaigns/': { id: own.campaignId },
  '/journey/campaigns/service/metadata/surfaces/': { channel: 'email', id: own.surfaceId },
});

/** A body for each operation that takes one: valid, so that nothing but the sandbox is in its way. */
const bodyOf = (operationId: string): object | string => {
  const bodies: Readonly<Record<string, object | string>> = {
    executeUnitary: { requestId: own.requestId, campaignId: own.campaignId, recipients: [recipient()] },
    executeBulk: [{ requestId: own.requestId, campaignId: own.campaignId, recipients: [recipient()] }],
    executeHighThroughput: { requestId: own.requestId, campaignId: own.campaignId, recipients: [recipient()] },
    createTemplate: { ...template, name: 'elsewhere' },
    replaceTemplate: { ...template, name: 'stolen' },
    createFragment: { name: 'elsewhere', text: 'x' },
    replaceFragment: { name: 'stolen', text: 'x' },
    ajoCreateTemplate: elsewhere.template,
    ajoReplaceTemplate: elsewhere.template,
    ajoPatchTemplate: elsewhere.patch,
    ajoCreateFragment: elsewhere.fragment,
    ajoReplaceFragment: elsewhere.fragment,
    ajoPatchFragment: elsewhere.patch,
    ajoPublishFragment: { fragmentId: own.fragmentId },
    ajoSuppressDomains: [{ entity: { type: 'domain', entityValue: own.domain } }],
    // No form: an upload has no id to reach for.
    ajoUpload: {},
    ajoCreateProofs: proofs,
    ajoPreview: { previewRequestItems: [{ userId: 'x', namespace: 'crm' }] },
    ajoSuppress: [{ entity: { type: 'email', entityValue: own.suppressed } }],
    createSurface: surface('elsewhere'),
    replaceSurface: surface('stolen'),
    createCampaign: campaign(own.surfaceId, 'Elsewhere'),
    approveCampaign: {},
    rejectCampaign: { note: 'elsewhere' },
    changeCampaign: { title: 'Stolen' },
    previewCampaign: { fixture: 'own' },
    sendProofs: { fixture: 'own', addresses: ['elsewhere@example.com'] },
    putFixture: fixture,
    rollBackCampaign: { version: 1 },
    duplicateCampaign: {},
    putProfile: { attributes: { note: 'elsewhere' } },
    patchProfile: { attributes: { note: 'stolen' } },
    importProfiles: { identities: [{ namespace: 'email', value: own.person }], attributes: { note: 'elsewhere' } },
    importSuppressions: { channel: 'email', address: own.suppressed, reason: 'elsewhere' },
    addSuppression: { channel: 'email', address: own.suppressed, reason: 'elsewhere' },
    createKey: { name: 'elsewhere', scopes: ['read'] },
    rotateKey: {},
    replayDeadLetter: { timeToLive: 60 },
    replayDeadLetters: { filter: {} },
    discardDeadLetter: { note: 'elsewhere' },
    replayMessage: { timeToLive: 60 },
    reportEmail: bounceOf('no-reply@b.example', { messageId: own.messageId }),
    createWebhook: webhook('elsewhere'),
    replaceWebhook: webhook('stolen'),
    rotateWebhookSecret: {},
    testWebhook: {},
    replayWebhook: { since: new Date(0).toISOString() },
  };
  const body = bodies[operationId];
  if (body === undefined) throw new Error(`${operationId} takes a body: this suite needs one for it`);
  return body;
};

const FILTERS = ['campaignId', 'requestId', 'executionId'] as const;

/** Every way to ask for what the first sandbox has: by its ids, and by every filter. */
function asksOf({ method, path, operationId, parameters, requestBody }: Described): Ask[] {
  const start = Object.keys(parametersOf()).find((one) => path.startsWith(one));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parametersOf()[start ?? '']?.[name];
    if (value === undefined) throw new Error(`${path} has the parameter ${name}: this suite needs one for it`);
    return encodeURIComponent(value);
  });
  const queries = parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name }) => FILTERS.filter((filter) => filter === name).map((filter) => `?${filter}=${own[filter]}`));
  return ['', ...queries].map((query) => ({
    method,
    path: `${filled}${query}`,
    headers: { ...anything, ...bodyHeaders({ ...(requestBody && { requestBody }) }) },
    ...(requestBody === undefined ? {} : { body: bodyOf(operationId) }),
  }));
}

/** What AJO has and Herald has not answers alike to everybody. */
const isSupported = ({ responses }: Described): boolean =>
  Object.keys(responses).some((status) => status.startsWith('2'));
const guarded = (): Described[] =>
  operations.filter((operation) => operation.security.length > 0 && isSupported(operation));
const anything = { 'if-match': '*' };

async function keyFor(tenant: Partial<Tenant>, scopes: readonly Scope[]): Promise<Client> {
  const { body } = await herald.call<{ key: string }>('POST', '/v1/keys', { name: 'other', scopes, ...tenant });
  return herald.as(body.key);
}
const ALL_SCOPES: readonly Scope[] = ['execute', 'read', 'control', 'approve', 'keys', 'feedback'];

/** All that the first sandbox has, as it reads it. */
async function everything(): Promise<unknown> {
  const paths = [
    'surfaces',
    'templates',
    'fragments',
    'campaigns',
    'executions',
    'messages',
    'profiles',
    'suppressions',
    'dead-letters',
    'webhooks',
    `webhooks/${own.webhookId}/deliveries`,
  ];
  return Promise.all(paths.map(async (path) => (await herald.call('GET', `/v1/${path}?limit=100`)).body));
}

describe.each([
  ['sandbox', { sandbox: 'dev' }],
  ['organisation', { org: 'other', sandbox: 'prod' }],
])('with a key of another %s, every operation of the document', (_name, tenant) => {
  test('finds nothing of the first one’s, and changes nothing', async () => {
    const before = await everything();
    const other = await keyFor(tenant, ALL_SCOPES);
    const marks = [SECRET, ...Object.values(own)];
    // What only reads comes first: the lists are still empty then.
    const inOrder = guarded().toSorted((a, b) => Number(a.method !== 'GET') - Number(b.method !== 'GET'));
    for (const operation of inOrder) {
      for (const ask of asksOf(operation)) {
        const { status, body } = await other.call(ask.method, ask.path, ask.body, ask.headers);
        const asked = JSON.stringify([decodeURIComponent(ask.path), ask.body]);
        const seen = JSON.stringify(body);
        const leaked = marks.filter((mark) => seen.includes(mark) && !asked.includes(mark));
        expect([ask.method, ask.path, leaked]).toEqual([ask.method, ask.path, []]);

        // A profile and a suppression are named by what they are about: another sandbox may have its own.
        const makesItsOwn = ['putProfile', 'patchProfile', 'eraseProfile'].includes(operation.operationId);
        if (operation.path.includes('{') && !makesItsOwn) {
          // By then the other sandbox has an entry of its own for that address.
          const makesOne = [
            'removeSuppression',
            'ajoGetSuppressed',
            'ajoRelease',
            'ajoGetSuppressedDomain',
            'ajoReleaseDomain',
          ].includes(operation.operationId);
          const wanted = makesOne ? [200, 204, 404] : [404];
          expect([ask.method, ask.path, wanted.includes(status)]).toEqual([ask.method, ask.path, true]);
        }
        if (operation.operationId === 'executeUnitary') expect(status).toBe(404);
        // A key of its own is there already, and the entry of who made it.
        // Providers are everybody's: they say nothing of a sandbox.
        const ownKey = ['listKeys', 'listAudit', 'listProviders'].includes(operation.operationId);
        if (operation.method === 'GET' && 'items' in body && !ownKey) {
          expect([ask.path, body['items']]).toEqual([ask.path, []]);
        }
      }
    }
    expect(await everything()).toEqual(before);
    const { body: keys } = await herald.call<{ items: { id: string; revokedAt?: string }[] }>('GET', '/v1/keys');
    expect(keys.items.find(({ id }) => id === own.keyId)).not.toHaveProperty('revokedAt');
  });

  test('is refused when it names the first one in its headers', async () => {
    const other = await keyFor(tenant, ALL_SCOPES);
    const first = { 'x-gw-ims-org-id': 'herald', 'x-sandbox-name': 'prod' };
    for (const operation of guarded()) {
      const [ask] = asksOf(operation) as [Ask];
      const { status } = await other.call(ask.method, ask.path, ask.body, { ...first, ...ask.headers });
      expect([ask.method, ask.path, status]).toEqual([ask.method, ask.path, 403]);
    }
  });
});

test('a campaign cannot reach for a surface of another sandbox', async () => {
  const other = await keyFor({ sandbox: 'dev' }, ALL_SCOPES);
  const { status } = await other.call('POST', '/v1/campaigns', campaign(own.surfaceId, 'Foreign'));
  expect(status).toBe(422);
});

test('without a key every operation is refused but those that need none', async () => {
  for (const operation of operations) {
    if (operation.security.length === 0 || !isSupported(operation)) continue;
    const [ask] = asksOf(operation) as [Ask];
    for (const headers of [undefined, { authorization: 'Bearer hk_nobody' }, { 'x-api-key': 'hk_nobody' }]) {
      const response = await fetch(`${herald.url}${ask.path}`, { method: ask.method, ...(headers && { headers }) });
      expect([ask.method, ask.path, response.status]).toEqual([ask.method, ask.path, 401]);
    }
  }
  const open = operations.filter(({ security }) => security.length === 0).map(({ path }) => path);
  expect(open.toSorted()).toEqual(
    [
      '/docs',
      '/docs/{file}',
      '/feedback/sms/twilio',
      '/feedback/{provider}',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/openapi.json',
    ].toSorted(),
  );
});

test('a key without the scope that an operation names is refused by it', async () => {
  const role = ({ security }: Described): Scope | undefined =>
    Object.values(security[0] as Record<string, Scope[]>)[0]?.[0];
  const without = new Map<Scope, Client>();
  for (const scope of ALL_SCOPES)
    without.set(
      scope,
      await keyFor(
        {},
        ALL_SCOPES.filter((one) => one !== scope),
      ),
    );
  for (const operation of guarded()) {
    const scope = role(operation);
    if (scope === undefined) continue;
    const [ask] = asksOf(operation) as [Ask];
    const answer = await without.get(scope)?.call(ask.method, ask.path, ask.body, ask.headers);
    expect([ask.method, ask.path, answer?.status]).toEqual([ask.method, ask.path, 403]);
  }
});

test('the first sandbox finds all of it by the same questions', async () => {
  for (const operation of guarded().filter(({ method }) => method === 'GET')) {
    for (const ask of asksOf(operation)) {
      const { status, body } = await herald.call<{ items?: MessageView[] }>(ask.method, ask.path);
      expect([ask.path, status]).toEqual([ask.path, 200]);
      if ('items' in body) expect([ask.path, body.items?.length]).not.toEqual([ask.path, 0]);
    }
  }
});
