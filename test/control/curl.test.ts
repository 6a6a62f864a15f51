import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unitaryRequestSchema, type SampleCall } from '@herald/contracts';
import { describe, expect, test } from '@jest/globals';
import { act, newCampaign, typeOf, useControl } from './fixture.ts';

const control = useControl();
const shell = (command: string, key: string) =>
  promisify(execFile)('sh', ['-c', command], { env: { ...process.env, HERALD_KEY: key }, timeout: 20_000 });

const html = `<p>{{context.name}} {{context.order.id}}</p>{{#each context.order.items}}{{title}}{{/each}}
  {{#if context.tags}}{{#each context.tags}}{{this}}{{/each}}{{/if}} {{context.system.time}} {{profile.person.name.firstName}}`;
const rich = { content: { subject: "it's {{context.name}}", html, text: '{{context.resetUrl}}' } };

const sampleOf = async (id: string): Promise<SampleCall> =>
  (await control.client.call<SampleCall>('GET', `/v1/campaigns/${id}/curl`)).body;

test('there is no call before the activation', async () => {
  const { client } = control;
  const { id } = await newCampaign(client);
  const early = await client.call('GET', `/v1/campaigns/${id}/curl`);
  expect([early.status, typeOf(early)]).toEqual([409, '002005-409']);
  expect((await client.call('GET', '/v1/campaigns/none/curl')).status).toBe(404);
  await act(client, id, 'activate');
  expect((await client.call('GET', `/v1/campaigns/${id}/curl`)).status).toBe(200);
});

test('pasted into a shell, it makes the call that it shows', async () => {
  const { client, calls } = control;
  const { id } = await newCampaign(client, rich);
  await act(client, id, 'activate');
  const text = await client.call<{ text: string }>('GET', `/v1/campaigns/${id}/curl`, undefined, { accept: '*/*' });
  expect(text.headers.get('content-type')).toMatch(/^text\/plain/);
  await shell(text.body.text.replace('curl ', 'curl -sS --fail '), client.key);
  const call = calls.at(-1);
  expect(call?.headers).toMatchObject({
    authorization: `Bearer ${client.key}`,
    'content-type': 'application/json',
    'x-gw-ims-org-id': 'acme',
    'x-sandbox-name': 'prod',
  });
  expect(unitaryRequestSchema.safeParse(call?.body).success).toBe(true);
  expect(call?.body).toEqual({
    requestId: expect.any(String),
    campaignId: id,
    recipients: [
      {
        type: 'external',
        userId: 'recipient@example.com',
        namespace: 'email',
        profile: { person: { name: { firstName: 'FIRST_NAME' } } },
        context: {
          name: 'NAME',
          order: { id: 'ID', items: [{ title: 'TITLE' }] },
          tags: ['TAGS'],
          resetUrl: 'RESET_URL',
        },
      },
    ],
  });
});

test('as JSON it can be filled in and run; each one has a requestId of its own', async () => {
  const { client } = control;
  const { id } = await newCampaign(client, rich);
  await act(client, id, 'activate');
  const [one, other] = [await sampleOf(id), await sampleOf(id)];
  expect(one).toMatchObject({ endpoint: `${client.url}/ajo/im/executions/unitary`, method: 'POST' });
  expect(one.headers['Authorization']).toBe('Bearer $HERALD_KEY');
  expect(one.curl).toContain(JSON.stringify(one.body, undefined, 2));
  expect(one.body['requestId']).not.toBe(other.body['requestId']);
});

test('the kind of recipient follows from the campaign', async () => {
  const { client } = control;
  const recipientOf = async (over: object): Promise<unknown> => {
    const { id } = await newCampaign(client, over);
    await act(client, id, 'activate');
    return ((await sampleOf(id)).body['recipients'] as unknown[])[0];
  };
  expect(await recipientOf({ createProfiles: true, ...rich })).toMatchObject({ type: 'aep', namespace: 'email' });
  expect(await recipientOf({ createProfiles: true, ...rich })).not.toHaveProperty('profile');
  expect(await recipientOf({ namespace: 'crm' })).toEqual({
    type: 'external',
    userId: 'USER_ID',
    namespace: 'crm',
    channelData: { emailAddress: 'recipient@example.com' },
    context: { name: 'NAME' },
  });
  expect(await recipientOf({ content: { subject: 's', html: 'h', text: 't' } })).not.toHaveProperty('context');
});

test('it is that of the version that calls use, not of the draft', async () => {
  const { client } = control;
  const campaign = await newCampaign(client);
  const { body } = await act(client, campaign.id, 'activate');
  const draft = { content: { subject: '{{context.later}}', html: 'h', text: 't' } };
  await client.call('PATCH', `/v1/campaigns/${campaign.id}`, draft, { 'if-match': `"${body.revision}"` });
  expect((await sampleOf(campaign.id)).curl).not.toContain('LATER');
});

test('a host that is none is not repeated', async () => {
  const { client } = control;
  const { id } = await newCampaign(client);
  await act(client, id, 'activate');
  const endpoint = await new Promise<string>((resolve, reject) => {
    const headers = { host: `evil/'$(id)'`, authorization: `Bearer ${client.key}`, accept: 'application/json' };
    request(`${client.url}/v1/campaigns/${id}/curl`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => void (text += part));
      response.on('end', () => resolve((JSON.parse(text) as SampleCall).endpoint));
    })
      .on('error', reject)
      .end();
  });
  expect(endpoint).toBe(`${client.url}/ajo/im/executions/unitary`);
});

describe('as a program', () => {
  const strange = {
    content: {
      subject: `it's "{{context.name}}" \\ {{context.ünïcödé}}`,
      html: '<a href="{{context.links.reset}}">{{#each context.items}}{{title}}{{/each}}</a>',
      text: 't',
    },
  };
  const ask = async (id: string, format: string, accept = '*/*') =>
    control.client.call<{ text: string }>('GET', `/v1/campaigns/${id}/curl${format}`, undefined, { accept });

  test.each([
    ['curl', 'text/plain', 'sample.sh', ['sh']],
    ['javascript', 'text/javascript', 'sample.mjs', [process.execPath]],
    ['python', 'text/x-python', 'sample.py', ['python3']],
    ['java', 'text/x-java', 'Sample.java', ['java']],
  ])(
    '%s makes the same call as it is',
    async (format, type, file, [program = '']) => {
      const { client, calls } = control;
      const { id } = await newCampaign(client, strange);
      await act(client, id, 'activate');
      const { headers, body } = await ask(id, `?format=${format}`);
      expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      expect((await ask(id, '', type)).headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      const folder = await mkdtemp(join(tmpdir(), 'herald-sample-'));
      try {
        await writeFile(join(folder, file), body.text);
        const env = { ...process.env, HERALD_KEY: client.key, LC_ALL: 'C' };
        await promisify(execFile)(program, [file], { cwd: folder, env, timeout: 60_000 });
      } finally {
        await rm(folder, { recursive: true });
      }
      const call = calls.at(-1);
      expect(call?.headers).toMatchObject({
        authorization: `Bearer ${client.key}`,
        'content-type': 'application/json',
        'x-gw-ims-org-id': 'acme',
        'x-sandbox-name': 'prod',
      });
      expect(call?.body).toEqual({
        requestId: expect.any(String),
        campaignId: id,
        recipients: [
          {
            type: 'external',
            userId: 'recipient@example.com',
            namespace: 'email',
            context: {
              name: 'NAME',
              ünïcödé: 'ÜNÏCÖDÉ',
              links: { reset: 'RESET' },
              items: [{ title: 'TITLE' }],
            },
          },
        ],
      });
      expect(body.text).toContain(call?.body.requestId);
    },
    90_000,
  );

  test('another format is refused; JSON can be asked for too', async () => {
    const { client } = control;
    const { id } = await newCampaign(client);
    await act(client, id, 'activate');
    expect((await ask(id, '?format=cobol')).status).toBe(400);
    expect((await ask(id, '?format=json')).headers.get('content-type')).toBe('application/json');
  });

  test('there is none for a campaign that takes no calls any more', async () => {
    const { client } = control;
    const { id } = await newCampaign(client);
    await act(client, id, 'activate');
    await act(client, id, 'stop');
    expect((await ask(id, '')).status).toBe(409);
  });
});
