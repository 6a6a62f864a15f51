import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionAccepted, InboxSubscription, SampleCall } from '@herald/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
beforeAll(async () => {
  herald = await startHerald();
});
afterAll(() => herald.dispose());

const contextSchema = {
  type: 'object',
  required: ['code', 'order', 'vip', 'reference', 'kind'],
  additionalProperties: false,
  properties: {
    code: { type: 'string', pattern: '^[0-9]{6}$', 'x-sensitive': true },
    vip: { type: 'boolean' },
    kind: { enum: ['receipt', 'reminder'] },
    reference: {
      oneOf: [
        { type: 'string', format: 'uuid' },
        { type: 'integer', minimum: 1_000 },
      ],
    },
    due: { type: 'string', format: 'date' },
    at: { type: 'string', format: 'date-time' },
    callback: { type: 'string', format: 'uri', maxLength: 100 },
    order: {
      type: 'object',
      required: ['total', 'lines'],
      additionalProperties: false,
      properties: {
        total: { type: 'number', minimum: 0.5 },
        currency: { type: 'string', default: 'EUR' },
        lines: {
          type: 'array',
          minItems: 2,
          items: { $ref: '#/$defs/line' },
        },
      },
    },
    totals: { type: 'object', additionalProperties: { type: 'number' } },
  },
  $defs: {
    line: {
      type: 'object',
      required: ['name', 'quantity'],
      properties: { name: { type: 'string', maxLength: 20 }, quantity: { type: 'integer', minimum: 1 } },
    },
  },
};
const content = {
  subject: '{{context.code}}',
  html: `<p>{{number context.order.total decimals=2}} {{date context.due "long"}} {{#if context.vip}}VIP{{/if}}</p>
    {{#each context.order.lines as |line|}}<i>{{line.quantity}} {{line.name}}</i>{{/each}}
    {{#each context.totals}}<b>{{this}}</b>{{/each}}<a href="{{context.callback}}">x</a>`,
  text: '{{context.at}} {{context.kind}} {{context.order.currency}}',
};

/** What a program printed: the answer of the API somewhere in it. */
async function acceptedBy(program: string, file: string, source: string): Promise<ExecutionAccepted> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-generated-'));
  try {
    await writeFile(join(folder, file), source);
    const env = { ...process.env, HERALD_KEY: herald.key, LC_ALL: 'C' };
    const { stdout } = await promisify(execFile)(program, [file], { cwd: folder, env, timeout: 60_000 });
    return JSON.parse(stdout.slice(stdout.indexOf('{'))) as ExecutionAccepted;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each([
  ['curl', 'call.sh', 'sh'],
  ['javascript', 'call.mjs', process.execPath],
  ['python', 'call.py', 'python3'],
  ['java', 'Sample.java', 'java'],
] as const)(
  'as %s, the call of a campaign with a schema is accepted as it is, and its message sent',
  async (format, file, program) => {
    const campaignId = await herald.campaign({ content, contextSchema });
    const { body } = await herald.call<SampleCall>('GET', `/v1/campaigns/${campaignId}/curl`);
    const accepted = await acceptedBy(program, file, body[format]);
    expect(await herald.finalMessage(accepted.executionId)).toMatchObject({ state: 'sent' });
    const mail = await until('the mail', async () =>
      (await herald.inbox()).find((one) => one.messageId.startsWith(`${accepted.executionId}.`)),
    );
    expect(mail.subject).toBe('000000');
    expect(mail.html).toContain('1.00 January 31, 2027 VIP');
    expect(mail.html).toContain('<i>1 NAME</i><i>1 NAME</i>');
    expect(mail.text).toBe('2027-01-31T12:00:00Z receipt EUR');
  },
  90_000,
);

/** Makes a generated call, and waits until its message is sent. */
async function make({ endpoint, body }: Pick<SampleCall, 'endpoint' | 'body'>): Promise<void> {
  const answer = await herald.call<ExecutionAccepted>('POST', new URL(endpoint).pathname, body);
  expect([answer.status, answer.body]).toMatchObject([202, {}]);
  expect(await herald.finalMessage(answer.body.executionId)).toMatchObject({ state: 'sent' });
}

test.each([
  ['a schema without content that uses it', {}, { subject: 's', html: '<p>x</p>', text: 't' }],
  [
    'no schema',
    { contextSchema: undefined },
    { subject: '{{context.a.b}}', html: '{{#each context.l}}{{x}}{{/each}}', text: 't' },
  ],
  [
    'branches of which only the second goes with the rest',
    {
      contextSchema: {
        type: 'object',
        required: ['to'],
        properties: { to: { type: 'string' }, channel: { enum: ['sms', 'email'] } },
        anyOf: [
          { required: ['never'], properties: { never: { type: 'string', maxLength: 0, minLength: 1 } } },
          { type: 'object' },
        ],
      },
    },
    { subject: '{{context.channel}}', html: '<p>{{context.to}}</p>', text: 't' },
  ],
])('is accepted as it is with %s', async (_, over, written) => {
  const campaignId = await herald.campaign({ contextSchema, ...over, content: written });
  const { body } = await herald.call<SampleCall>('GET', `/v1/campaigns/${campaignId}/curl`);
  await make(body);
});

test('the call of a text message is accepted as it is', async () => {
  const campaignId = await herald.campaign({ channel: 'sms' });
  const { body } = await herald.call<SampleCall>('GET', `/v1/campaigns/${campaignId}/curl`);
  await make(body);
  expect(await herald.received({ channel: 'sms' })).toMatchObject([{ text: 'CODE is your code' }]);
});

test('the call of a push is accepted with a subscription in place of its placeholder', async () => {
  const campaignId = await herald.campaign({ channel: 'push' });
  const { endpoint, body } = (await herald.call<SampleCall>('GET', `/v1/campaigns/${campaignId}/curl`)).body;
  const { subscription, pushInfo } = (await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions'))
    .body;
  const [sample] = body['recipients'] as { channelData: { pushInfo: { token: string } } }[];
  const channelData = { pushInfo: { ...sample?.channelData.pushInfo, token: pushInfo.token } };
  await make({ endpoint, body: { ...body, recipients: [{ ...sample, channelData }] } });
  expect(await herald.received({ to: subscription.endpoint })).toMatchObject([{ title: 'Hello NAME' }]);
});
