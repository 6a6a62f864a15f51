import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import type { DeadLetterView, ExecutionView, InboxSubscription, Previews, Problem, Proofs } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';
import { startStandalone } from '@herald/standalone';
import { createClient, phone, recipient, unique, type Answer, type TriggerOptions } from '../support/client.ts';
import { hasPorts, startHerald, ADMIN_KEY, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
beforeAll(async () => {
  herald = await startHerald({ HERALD_EMAIL_CAP: '1' });
});
afterAll(() => herald.dispose());

const testWithPorts = hasPorts() ? test : () => undefined;

const email = (text: string, over: object = {}) => ({ content: { subject: 'S', html: '<p>h</p>', text }, ...over });
const previewOf = (id: string, body: object): Promise<Answer<Previews & Problem>> =>
  herald.call('POST', `/v1/campaigns/${id}/preview`, body);
const pasted = (...recipients: object[]): object => ({ request: { requestId: 'r', campaignId: 'c', recipients } });
const firstOf = async (id: string, to: object) => {
  const { status, body } = await previewOf(id, pasted(to));
  expect([status, body.detail]).toEqual([200, undefined]);
  const [preview] = body.previews;
  if (preview === undefined) throw new Error('there is no preview');
  return preview;
};
const put = (userId: string, attributes: object) =>
  herald.call('PUT', `/v1/profiles/email/${encodeURIComponent(userId)}`, { attributes });
const patch = (id: string, body: object) => herald.call('PATCH', `/v1/campaigns/${id}`, body, { 'if-match': '*' });
const mailTo = (address: string) =>
  until(`mail to ${address}`, async () => (await herald.inbox()).find(({ envelope }) => envelope.to.includes(address)));
const executions = async (campaignId: string): Promise<readonly ExecutionView[]> =>
  (await herald.call<{ items: ExecutionView[] }>('GET', `/v1/executions?campaignId=${campaignId}`)).body.items;

describe('a preview', () => {
  test('renders a pasted call, and says where every value comes from and what is missing', async () => {
    const id = await herald.campaign(
      email(
        'Hi {{profile.person.name.firstName}} of {{profile.city}}, {{context.total}} {{context.currency}} {{context.gone}}' +
          '{{#each context.items}} {{name}}{{/each}} {{context.system.campaignName}}',
        {
          contextSchema: { type: 'object', properties: { currency: { type: 'string', default: 'EUR' } } },
        },
      ),
    );
    const userId = `${unique('ada')}@example.com`;
    await put(userId, { person: { name: { firstName: 'Ada' } }, city: 'Aarhus' });
    const preview = await firstOf(
      id,
      recipient({
        type: 'aep',
        userId,
        profile: { city: 'Ribe' },
        context: { total: 12.5, items: [{ name: 'A' }, { name: 'B' }] },
      }),
    );
    expect(preview).toMatchObject({
      outcome: 'sent',
      content: { kind: 'email', subject: 'S', text: 'Hi Ada of Ribe, 12.5 EUR  A B Password reset' },
      decisions: { profile: { found: 'found' }, address: 'identity', missing: ['context.gone'] },
    });
    expect(preview.decisions.attributes).toEqual(
      expect.arrayContaining([
        { path: 'context.currency', source: 'default', value: 'EUR' },
        { path: 'context.gone', source: 'none' },
        { path: 'context.items[].name', source: 'context', value: ['A', 'B'] },
        { path: 'context.system.campaignName', source: 'system', value: 'Password reset' },
        { path: 'context.total', source: 'context', value: 12.5 },
        { path: 'profile.city', source: 'override', value: 'Ribe' },
        { path: 'profile.person.name.firstName', source: 'profile', value: 'Ada' },
      ]),
    );
    expect(preview.decisions.checks.map(({ check, passed }) => [check, passed])).toEqual(
      ['schema', 'profile', 'consent', 'address', 'suppression', 'content'].map((check) => [check, true]),
    );
  });

  test('says what a call would come to: the same as the call then does', async () => {
    const marketing = await herald.campaign(email('x', { category: 'marketing' }));
    const strict = await herald.campaign(email('{{context.never}}', { onMissing: 'exclude' }));
    const schema = { type: 'object', required: ['code'] };
    const checked = await herald.campaign(email('x', { contextSchema: schema }));
    const long = await herald.campaign({ channel: 'sms', content: { text: '{{context.t}}' } });
    const [refusing, suppressed] = [`${unique('no')}@example.com`, `${unique('s')}@example.com`];
    await put(refusing, { consents: { marketing: { email: { val: 'n' } } } });
    await herald.call('POST', '/v1/suppressions', { channel: 'email', address: suppressed, reason: 'manual' });
    for (const [id, to, outcome, reason] of [
      [marketing, recipient({ type: 'aep', userId: refusing }), 'excluded', 'no-consent'],
      [marketing, recipient({ userId: suppressed }), 'excluded', 'suppressed'],
      [strict, recipient(), 'excluded', 'missing-attribute'],
      [long, phone({ context: { t: 'x'.repeat(2_000) } }), 'failed', 'output-too-large'],
      [marketing, recipient({ type: 'aep', namespace: 'crm', userId: 'nobody' }), 'excluded', 'unknown-profile'],
    ] as const) {
      expect(await firstOf(id, to)).toMatchObject({ outcome, reason });
      const { status, body } = await herald.trigger(id, { recipients: [to] });
      // Where every recipient is unknown a call may be refused at once.
      if (status === 202) expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: outcome, reason });
      else expect([reason, status]).toEqual(['unknown-profile', expect.any(Number)]);
    }
    expect(await firstOf(checked, recipient({ context: {} }))).toMatchObject({
      outcome: 'refused',
      reason: 'context-invalid',
      detail: 'is required',
      decisions: {
        checks: expect.arrayContaining([expect.objectContaining({ check: 'schema', field: 'context.code' })]),
      },
    });
    expect((await herald.trigger(checked, { context: {} })).status).toBe(422);
  });

  test('is of the draft, of what is live, or of a version, and of each recipient', async () => {
    const id = await herald.campaign(email('one {{context.n}}'));
    await patch(id, email('two {{context.n}}'));
    const texts = async (version?: unknown): Promise<unknown[]> => {
      const body = {
        ...pasted(recipient({ context: { n: 1 } }), recipient({ context: { n: 2 } })),
        ...(version ? { version } : {}),
      };
      return (await previewOf(id, body)).body.previews.map(({ content }) => content?.kind === 'email' && content.text);
    };
    expect(await texts()).toEqual(['two 1', 'two 2']);
    expect(await texts('newest')).toEqual(['two 1', 'two 2']);
    expect(await texts('live')).toEqual(['one 1', 'one 2']);
    expect(await texts(1)).toEqual(['one 1', 'one 2']);
    expect((await previewOf(id, { ...pasted(recipient()), version: 9 })).status).toBe(404);
  });

  test('of an SMS counts its segments', async () => {
    const id = await herald.campaign({ channel: 'sms', content: { text: '{{context.t}}' } });
    expect((await firstOf(id, phone({ context: { t: 'x'.repeat(161) } }))).sms).toEqual({
      encoding: 'gsm-7',
      segments: 2,
      characters: 161,
    });
    expect((await firstOf(id, phone({ context: { t: 'Ж' } }))).sms).toMatchObject({ encoding: 'ucs-2', segments: 1 });
  });

  test('creates no profile, writes nothing, and calls nobody', async () => {
    const id = await herald.campaign(email('x', { createProfiles: true }));
    const userId = `${unique('new')}@example.com`;
    const before = await herald.inbox();
    expect(await firstOf(id, recipient({ type: 'aep', userId }))).toMatchObject({
      outcome: 'sent',
      decisions: { profile: { found: 'would-be-created' } },
    });
    expect((await herald.call('GET', `/v1/profiles/email/${encodeURIComponent(userId)}`)).status).toBe(404);
    expect(await executions(id)).toEqual([]);
    expect(await herald.inbox()).toEqual(before);
  });

  test('is refused for what a call would be', async () => {
    const id = await herald.campaign();
    for (const [status, body] of [
      [400, {}],
      [400, { ...pasted(recipient()), fixture: 'x' }],
      [400, pasted(recipient({ context: { system: {} } }))],
      [400, pasted(recipient({ userId: 'no address' }))],
      [400, pasted(recipient({ userId: 'a@b.example' }), recipient({ userId: 'A@b.example' }))],
      [413, pasted(recipient({ context: { v: 'x'.repeat(200_001) } }))],
      [404, { fixture: 'none' }],
    ] as const)
      expect([JSON.stringify(body).slice(0, 80), (await previewOf(id, body)).status]).toEqual([
        JSON.stringify(body).slice(0, 80),
        status,
      ]);
  });
});

test('fixtures are saved with a campaign, previewed, bounded, and deleted', async () => {
  const id = await herald.campaign(email('{{context.n}}'));
  const path = `/v1/campaigns/${id}/fixtures`;
  const input = { description: 'Two', request: { recipients: [recipient({ context: { n: 7 } })] } };
  const saved = await herald.call('PUT', `${path}/two`, input);
  expect([saved.status, saved.body]).toEqual([200, { ...input, name: 'two', modifiedAt: expect.any(String) }]);
  expect((await herald.call('GET', `${path}/two`)).body).toEqual(saved.body);
  const { body } = await previewOf(id, { fixture: 'two' });
  expect(body.previews).toMatchObject([{ content: { text: '7' } }]);

  expect((await herald.call('PUT', `${path}/${'x'.repeat(61)}`, input)).status).toBe(400);
  const large = { request: { recipients: [recipient({ context: { v: 'x'.repeat(256_000) } })] } };
  expect((await herald.call('PUT', `${path}/large`, large)).status).toBe(413);
  for (let n = 1; n < 50; n += 1) expect((await herald.call('PUT', `${path}/f${n}`, input)).status).toBe(200);
  const full = await herald.call<Problem>('PUT', `${path}/one-more`, input);
  expect([full.status, full.body.report.additionalContext['code']]).toEqual([409, 'fixtures-full']);
  expect((await herald.call('PUT', `${path}/two`, input)).status).toBe(200);
  expect((await herald.call<{ items: object[] }>('GET', path)).body.items).toHaveLength(50);
  expect((await herald.call('DELETE', `${path}/two`)).status).toBe(204);
  expect((await herald.call('DELETE', `${path}/two`)).status).toBe(404);
});

describe('proofs', () => {
  const proofs = (id: string, body: object): Promise<Answer<Proofs & Problem>> =>
    herald.call('POST', `/v1/campaigns/${id}/proofs`, body);

  test('of a draft are delivered, marked, and followed like any message, beside what is live', async () => {
    const id = await herald.campaign(email('live {{context.n}}'));
    await patch(id, { ...email('draft {{context.n}} {{profile.city}} {{context.system.executionId}}'), title: 'Two' });
    const userId = `${unique('ada')}@example.com`;
    await put(userId, { city: 'Aarhus', consents: { marketing: { email: { val: 'n' } } } });
    const addresses = [`${unique('one')}@example.com`, `${unique('two')}@example.com`];
    const sample = pasted(recipient(), recipient({ type: 'aep', userId, context: { n: 3 } }));
    const { status, body } = await proofs(id, { ...sample, addresses, recipient: 1 });
    expect([status, body]).toMatchObject([
      202,
      { campaignVersion: 2, messages: [{ addressIndex: 0 }, { addressIndex: 1 }] },
    ]);
    for (const address of addresses) {
      const mail = await mailTo(address);
      expect([mail.subject, mail.text.trim()]).toEqual(['[Proof] S', `draft 3 Aarhus ${body.executionId}`]);
    }
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'sent', proof: true, campaignVersion: 2, attempts: 1 });
    expect(message.timeline.map(({ step }) => step)).toEqual(['accepted', 'resolved', 'rendered', 'claimed', 'sent']);
    const [execution] = await executions(id);
    expect(execution).toMatchObject({ proof: true, confirmed: true });
    // The person whose values were used got nothing, and calls still use what is live.
    expect((await herald.inbox()).some(({ envelope }) => envelope.to.includes(userId))).toBe(false);
    const live = await herald.trigger(id, { context: { n: 4 } });
    const { messageId } = await herald.finalMessage(live.body.executionId);
    expect((await herald.inbox()).find((one) => one.messageId.startsWith(messageId))?.text.trim()).toBe('live 4');
  });

  test('show what a draft is at each time, and what is activated in the end is what calls get', async () => {
    const id = await herald.campaign(email('0'));
    for (const text of ['1', '2', '3']) {
      await patch(id, email(text));
      const address = `${unique('proof')}@example.com`;
      await proofs(id, { ...pasted(recipient()), addresses: [address], subjectPrefix: '' });
      expect(await mailTo(address)).toMatchObject({ subject: 'S', text: expect.stringMatching(`^${text}`) });
    }
    await patch(id, email('4'));
    await herald.call('POST', `/v1/campaigns/${id}/activate`);
    const userId = `${unique('real')}@example.com`;
    await herald.trigger(id, { recipients: [recipient({ userId })] });
    expect((await mailTo(userId)).text.trim()).toBe('4');
  });

  test('are suppressed as any message, and count towards no cap', async () => {
    const id = await herald.campaign();
    const address = `${unique('s')}@example.com`;
    await herald.call('POST', '/v1/suppressions', { channel: 'email', address, reason: 'manual' });
    const { body } = await proofs(id, { ...pasted(recipient()), addresses: [address] });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'excluded', reason: 'suppressed' });

    const often = `${unique('often')}@example.com`;
    for (let n = 0; n < 3; n += 1) {
      const sent = await proofs(id, { ...pasted(recipient()), addresses: [often] });
      expect(await herald.finalMessage(sent.body.executionId)).toMatchObject({ state: 'sent' });
    }
    const real = async () =>
      herald.finalMessage((await herald.trigger(id, { recipients: [recipient({ userId: often })] })).body.executionId);
    expect(await real()).toMatchObject({ state: 'sent' });
    expect(await real()).toMatchObject({ state: 'excluded', reason: 'recipient-cap' });
  });

  test('of a paused campaign are sent, of a stopped one refused', async () => {
    const id = await herald.campaign();
    await herald.call('POST', `/v1/campaigns/${id}/pause`);
    const paused = await proofs(id, { ...pasted(recipient()), addresses: [`${unique('p')}@example.com`] });
    expect(await herald.finalMessage(paused.body.executionId)).toMatchObject({ state: 'sent' });
    await herald.call('POST', `/v1/campaigns/${id}/stop`);
    expect((await proofs(id, { ...pasted(recipient()), addresses: ['a@b.example'] })).status).toBe(409);
  });

  test('go to numbers and to devices too', async () => {
    const sms = await herald.campaign({ channel: 'sms', content: { text: '{{context.code}}' } });
    const { body } = await proofs(sms, { ...pasted(phone()), addresses: ['+15550123456'] });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent', channel: 'sms' });
    const { pushInfo, subscription } = (await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions'))
      .body;
    const push = await herald.campaign({ channel: 'push' });
    const sent = await proofs(push, { ...pasted(recipient()), addresses: [pushInfo] });
    expect(await herald.finalMessage(sent.body.executionId)).toMatchObject({ state: 'sent', channel: 'push' });
    expect(await herald.received({ to: subscription.endpoint })).toMatchObject([{ title: '[Proof] Hello Ada' }]);
  });

  test('are refused where they could not be sent, by the name of what is wrong', async () => {
    const id = await herald.campaign(
      email('{{context.code}}', {
        onMissing: 'exclude',
        contextSchema: { type: 'object', properties: { n: { type: 'number' } } },
      }),
    );
    const push = await herald.campaign({ channel: 'push' });
    const addresses = ['a@b.example'];
    const ios = { platform: 'ios', token: 'x' };
    for (const [campaign, status, code, body] of [
      [id, 400, 'invalid-body', { ...pasted(recipient()), addresses: ['nonsense'] }],
      [id, 400, 'invalid-body', { ...pasted(recipient()), addresses: ['a@b.example', 'a@b.example'] }],
      [
        id,
        400,
        'invalid-body',
        { ...pasted(recipient()), addresses: Array.from({ length: 11 }, (_, n) => `a${n}@b.example`) },
      ],
      [id, 400, 'invalid-body', { ...pasted(recipient()), addresses, recipient: 1 }],
      [id, 400, 'invalid-body', { ...pasted(recipient()), addresses, subjectPrefix: 'a\r\nBcc: x@y.example' }],
      [id, 422, 'context-invalid', { ...pasted(recipient({ context: { code: 1, n: 'x' } })), addresses }],
      [id, 422, 'not-renderable', { ...pasted(recipient({ context: {} })), addresses }],
      [push, 422, 'platform-unsupported', { ...pasted(recipient()), addresses: [ios] }],
    ] as const) {
      const answer = await proofs(campaign, body);
      expect([answer.status, answer.body.report.additionalContext['code'], answer.body.detail]).toEqual([
        status,
        code,
        expect.any(String),
      ]);
    }
    expect(await executions(id)).toEqual([]);
  });
});

describe('a dry run', () => {
  const dry = (
    id: string,
    { requestId = unique('request'), recipients = [recipient()] }: TriggerOptions = {},
    dryRun = true,
  ) =>
    herald.call<{ executionId: string; dryRun?: boolean }>('POST', '/ajo/im/executions/unitary', {
      requestId,
      campaignId: id,
      recipients,
      ...(dryRun ? { dryRun } : {}),
    });

  test('does everything but call the provider, and says so', async () => {
    const id = await herald.campaign();
    const userId = `${unique('dry')}@example.com`;
    const before = (await herald.inbox()).length;
    const { status, body } = await dry(id, { recipients: [recipient({ userId })] });
    expect([status, body.dryRun]).toEqual([202, true]);
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'excluded', reason: 'dry-run', dryRun: true, attempts: 0 });
    expect(message).not.toHaveProperty('provider');
    expect((await executions(id))[0]).toMatchObject({ dryRun: true });
    expect((await herald.inbox()).length).toBe(before);
    // It used up nothing of the address's cap: one message an hour.
    const real = await herald.trigger(id, { recipients: [recipient({ userId })] });
    expect(await herald.finalMessage(real.body.executionId)).toMatchObject({ state: 'sent' });
  });

  test('ends as the message would, where that would not be sent', async () => {
    const address = `${unique('s')}@example.com`;
    await herald.call('POST', '/v1/suppressions', { channel: 'email', address, reason: 'manual' });
    const suppressed = await dry(await herald.campaign(), { recipients: [recipient({ userId: address })] });
    expect(await herald.finalMessage(suppressed.body.executionId)).toMatchObject({
      reason: 'suppressed',
      dryRun: true,
    });
    const strict = await dry(await herald.campaign(email('{{context.never}}', { onMissing: 'exclude' })));
    expect(await herald.finalMessage(strict.body.executionId)).toMatchObject({ reason: 'missing-attribute' });
  });

  test('is another request than the real one', async () => {
    const id = await herald.campaign();
    const call = { requestId: unique('request'), recipients: [recipient()] };
    const first = await dry(id, call);
    const again = await dry(id, call);
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect((await dry(id, call, false)).status).toBe(409);
  });
});

describe('what is sensitive', () => {
  const SECRET = 'PLANTED-493817';
  const FIELDS = {
    sensitive: ['context.code', 'profile.ssn'],
    contextSchema: {
      type: 'object',
      properties: {
        code: {},
        items: { type: 'array', items: { type: 'object', properties: { token: { 'x-sensitive': true } } } },
        n: { type: 'number' },
      },
    },
  };
  const TEXT =
    '{{context.code}} {{upper context.code}} {{urlEncode context.code}} {{#each context.items}}{{token}}{{/each}} {{profile.ssn}}';
  const secretive = (over: object = {}): object =>
    recipient({ profile: { ssn: SECRET }, context: { code: SECRET, items: [{ token: SECRET }] }, ...over });

  test('is masked in a preview, however content writes it; the message itself has it', async () => {
    const id = await herald.campaign({
      content: { subject: TEXT, html: `<a href="https://x.example/{{context.code}}">${TEXT}</a>`, text: TEXT },
      ...FIELDS,
    });
    const { body } = await previewOf(id, pasted(secretive()));
    expect(JSON.stringify(body).toUpperCase()).not.toContain(SECRET);
    expect(body.previews).toMatchObject([
      { outcome: 'sent', content: { subject: '••• ••• %E2%80%A2%E2%80%A2%E2%80%A2 ••• •••' } },
    ]);
    for (const { path, sensitive } of body.previews[0]?.decisions.attributes ?? []) {
      expect([path, sensitive ?? false]).toEqual([path, !path.endsWith('items') || path === 'context.items[].token']);
    }
    const userId = `${unique('real')}@example.com`;
    await herald.trigger(id, { recipients: [secretive({ userId })] });
    expect((await mailTo(userId)).text.trim()).toBe(Array.from({ length: 5 }, () => SECRET).join(' '));
  });

  testWithPorts('is in no log line, record, dead letter or answer, whatever becomes of the message', async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const first = await startHerald();
    await first.standalone.close();
    const loaded = loadConfig({
      HERALD_PORT: '0',
      HERALD_ADMIN_KEY: ADMIN_KEY,
      HERALD_LOG_LEVEL: 'trace',
      HERALD_LOG_FORMAT: 'json',
      HERALD_RETRY_MS: '20',
      HERALD_LADDER_MS: '20,100',
      HERALD_SMTP_URL: 'smtp://127.0.0.1:1',
      HERALD_INBOX: 'off',
      HERALD_DATA: first.dataDir,
    });
    if (!loaded.ok) throw new Error(loaded.problems.join());
    const standalone = await startStandalone({
      config: loaded.config,
      log: createLog(loaded.config, stream),
      runtime: systemRuntime,
    });
    const client = createClient(standalone.url, ADMIN_KEY);
    const answers: unknown[] = [];
    const ask = async (method: string, path: string, body?: object): Promise<void> => {
      answers.push((await client.call(method, path, body)).body);
    };
    try {
      const sent = await client.campaign({ ...email(TEXT, FIELDS), createProfiles: true });
      const strict = await client.campaign(email('{{context.never}}', { ...FIELDS, onMissing: 'exclude' }));
      const broken = await client.campaign({
        channel: 'sms',
        content: { text: '{{context.code}}{{context.long}}' },
        ...FIELDS,
      });
      const calls: [string, object, string][] = [
        [sent, secretive(), 'dead'],
        [sent, secretive({ type: 'aep' }), 'dead'],
        [strict, secretive(), 'excluded'],
        [broken, phone({ context: { code: SECRET, long: 'x'.repeat(2_000) } }), 'failed'],
      ];
      for (const [id, to, state] of calls) {
        const { body } = await client.trigger(id, { recipients: [to] });
        expect((await client.finalMessage(body.executionId)).state).toBe(state);
        await ask('GET', `/v1/executions/${body.executionId}`);
        await ask('POST', `/v1/campaigns/${id}/preview`, pasted(to));
      }
      // What is refused says where, not what.
      for (const context of [{ code: SECRET, n: SECRET }, { code: SECRET, items: SECRET }, { system: SECRET }]) {
        answers.push((await client.trigger(sent, { recipients: [secretive({ context })] })).body);
      }
      await ask('POST', `/v1/campaigns/${sent}/proofs`, { ...pasted(secretive()), addresses: ['a@b.example'] });
      await until('the dead letters are listed', async () => {
        const { body } = await client.call<{ items: DeadLetterView[] }>('GET', '/v1/dead-letters');
        for (const { id } of body.items) await ask('GET', `/v1/dead-letters/${encodeURIComponent(id)}`);
        return body.items.length >= 3 ? true : undefined;
      });
      for (const path of ['messages', 'executions', 'dead-letters', 'profiles', 'campaigns'])
        await ask('GET', `/v1/${path}?limit=100`);
      await ask('GET', '/metrics');
    } finally {
      await standalone.close();
    }
    expect(answers.length).toBeGreaterThan(15);
    expect(answers.filter((one) => JSON.stringify(one).includes(SECRET))).toEqual([]);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => line.includes(SECRET))).toEqual([]);
    // Everything that is stored but the topics themselves, which carry the messages until their retention.
    const database = new DatabaseSync(join(first.dataDir, 'herald.db'), { readOnly: true });
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all();
    const kept = tables.map(({ name }) => String(name)).filter((name) => !name.startsWith('bus_log'));
    expect(kept).toEqual(expect.arrayContaining(['ledger', 'executions', 'dead_letters', 'profiles']));
    const leaking = kept.filter((name) =>
      database
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .some((row) =>
          Object.values(row).some((value) =>
            (typeof value === 'string'
              ? value
              : value instanceof Uint8Array
                ? Buffer.from(value).toString('latin1')
                : ''
            ).includes(SECRET),
          ),
        ),
    );
    database.close();
    expect(leaking).toEqual([]);
    for (const name of readdirSync(first.dataDir).filter((one) => !one.startsWith('herald.db')))
      expect(readFileSync(join(first.dataDir, name)).includes(SECRET)).toBe(false);
  });
});
