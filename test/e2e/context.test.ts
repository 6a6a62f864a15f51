import type { InboxSubscription, Received, ReceivedOf } from '@herald/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { device, phone, recipient, unique } from '../support/client.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
beforeAll(async () => {
  herald = await startHerald();
});
afterAll(() => herald.dispose());

const email = (text: string, over: object = {}) => ({
  content: { subject: 's', html: '<p>h</p>', text },
  ...over,
});

/** Sends to one recipient, and returns what arrived. */
async function deliver<R extends Received = ReceivedOf<'email'>>(campaignId: string, to: object): Promise<R> {
  const { status, body } = await herald.trigger(campaignId, { recipients: [to] });
  expect([status, body.detail]).toEqual([202, undefined]);
  const message = await herald.finalMessage(body.executionId);
  expect(message).toMatchObject({ state: 'sent' });
  return until('it arrived', async () =>
    (await herald.received()).find(
      (one): one is R =>
        ('messageId' in one && one.messageId.startsWith(message.messageId)) ||
        ('providerMessageId' in one && one.providerMessageId === message.providerMessageId),
    ),
  );
}
const textOf = async (text: string, context: object, over: object = {}): Promise<string> =>
  (await deliver(await herald.campaign(email(text, over)), recipient({ context }))).text.trim();
const refusalOf = async (campaignId: string, recipients: readonly object[], requestId = unique('request')) => {
  const { status, body } = await herald.trigger(campaignId, { recipients, requestId });
  return { status, ...body.report?.additionalContext, detail: body.detail };
};

describe('context', () => {
  test('R23: a value of the call is in the message', async () => {
    expect(await textOf('Your code: {{context.code}}', { code: '493817' })).toBe('Your code: 493817');
  });

  test('R24: by exactly its name', async () => {
    expect(await textOf('[{{context.userName}}][{{context.username}}]', { userName: 'Ada' })).toBe('[Ada][]');
  });

  test('R25: every type of JSON, each in its way', async () => {
    const text = [
      '{{context.text}}|{{context.whole}}|{{context.part}}|{{context.yes}}|{{context.no}}|{{context.none}}',
      '{{number context.part decimals=2 locale="da"}}|{{currency context.whole "EUR"}}',
      '{{date context.day "dd.MM.yyyy"}}|{{date context.moment "yyyy-MM-dd HH:mm" timeZone="Europe/Copenhagen"}}',
      '{{#each context.lines}}{{@index}}:{{name}}x{{count}}{{#each tags}}#{{this}}{{/each}};{{/each}}',
      '{{context.order.customer.name}}|{{length context.lines}}|{{join context.names ", "}}',
      '{{#if context.yes}}yes{{/if}}{{#if context.no}}no{{/if}}{{#if (gt context.whole 10)}}large{{/if}}',
      '[{{context.order}}][{{context.names}}]',
    ].join('\n');
    const context = {
      text: 'Ærø <b> & "co"',
      whole: 42,
      part: 1234.5,
      yes: true,
      no: false,
      none: null,
      day: '2026-03-01',
      moment: '2026-03-01T22:30:00Z',
      lines: [
        { name: 'A', count: 2, tags: ['x', 'y'] },
        { name: 'B', count: 1 },
      ],
      names: ['Ada', 'Grace'],
      order: { customer: { name: 'Ada' } },
    };
    expect((await textOf(text, context)).split('\n')).toEqual([
      'Ærø <b> & "co"|42|1234.5|true|false|',
      '1.234,50|€42.00',
      '01.03.2026|2026-03-01 23:30',
      '0:Ax2#x#y;1:Bx1;',
      'Ada|2|Ada, Grace',
      'yeslarge',
      '[][]',
    ]);
  });

  test('R26: is for one message, and nothing of it is on the profile', async () => {
    const campaignId = await herald.campaign(email('[{{context.code}}][{{profile.code}}]', { createProfiles: true }));
    const userId = `${unique('once')}@example.com`;
    const to = (context: object): object => recipient({ type: 'aep', userId, context });
    expect((await deliver(campaignId, to({ code: '1', plan: { name: 'x' } }))).text.trim()).toBe('[1][]');
    expect((await deliver(campaignId, to({}))).text.trim()).toBe('[][]');
    const { body } = await herald.call('GET', `/v1/profiles/email/${encodeURIComponent(userId)}`);
    expect(body['attributes']).toEqual({});
  });

  test('R27: context.system is Herald’s own, whoever says otherwise', async () => {
    const text =
      '{{context.system.executionId}} {{context.system.messageId}} {{context.system.campaignName}} {{context.system.time}}';
    const campaignId = await herald.campaign(email(text, { title: 'Reset' }));
    expect(await refusalOf(campaignId, [recipient({ context: { system: { executionId: 'x' } } })])).toMatchObject({
      status: 400,
      field: 'recipients[0].context.system',
    });
    const forged = { 'context.system.executionId': 'forged', context: { system: { executionId: 'forged' } } };
    const requestId = unique('request');
    const to = recipient({ context: { 'system.executionId': 'forged' }, profile: { ...forged, system: forged } });
    const { body } = await herald.trigger(campaignId, { requestId, recipients: [to] });
    const { messageId, acceptedAt } = await herald.finalMessage(body.executionId);
    const mail = await until('it arrived', async () =>
      (await herald.inbox()).find((one) => one.messageId.startsWith(messageId)),
    );
    expect(mail.text.trim()).toBe(`${body.executionId} ${messageId} Reset ${acceptedAt}`);
  });

  test('R28, R29: a name that nobody declared or sends is no obstacle; what becomes of it is the author’s choice', async () => {
    expect(await textOf('[{{context.never.heard.of}}]', {})).toBe('[]');
    expect(await textOf('[{{default context.never "friend"}}]', {})).toBe('[friend]');
    const strict = await herald.campaign(email('{{context.never}}', { onMissing: 'exclude' }));
    const { body } = await herald.trigger(strict);
    expect(await herald.finalMessage(body.executionId)).toMatchObject({
      state: 'excluded',
      reason: 'missing-attribute',
      detail: 'context.never',
    });
  });

  test('R30: a URL arrives byte for byte, in a text message and behind a push too', async () => {
    const url = 'https://accounts.example/reset?token=a%2Fb%2Bc==&user=ada&next=%2Fhome%3Ftab%3D1';
    expect(await textOf('{{context.url}}', { url })).toBe(url);
    const sms = await herald.campaign({ channel: 'sms', content: { text: '{{context.url}}' } });
    expect((await deliver<ReceivedOf<'sms'>>(sms, phone({ context: { url } }))).text).toBe(url);
    const { pushInfo } = (await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions')).body;
    const content = { title: 't', body: 'b', link: '{{context.url}}' };
    const push = await herald.campaign({ channel: 'push', content });
    expect((await deliver<ReceivedOf<'push'>>(push, device(pushInfo, { context: { url } }))).link).toBe(url);
  });

  test('R31: 200,000 bytes of JSON are delivered, one more is refused', async () => {
    const campaignId = await herald.campaign(email('{{length context.filler}} {{context.end}}'));
    const contextOf = (bytes: number): object => {
      const empty = JSON.stringify({ filler: '', end: 'ok' }).length;
      return { filler: 'ø'.repeat((bytes - empty) >> 1) + 'x'.repeat((bytes - empty) & 1), end: 'ok' };
    };
    const limit = contextOf(200_000);
    expect(Buffer.byteLength(JSON.stringify(limit))).toBe(200_000);
    expect((await deliver(campaignId, recipient({ context: limit }))).text.trim()).toMatch(/^\d+ ok$/);
    expect(await refusalOf(campaignId, [recipient(), recipient({ context: contextOf(200_001) })])).toMatchObject({
      status: 413,
      code: 'too-large',
      field: 'recipients[1].context',
      detail: expect.stringContaining('the limit is 200000'),
    });
    // Twenty of them are one call.
    const many = Array.from({ length: 20 }, () => recipient({ context: limit }));
    expect((await herald.trigger(campaignId, { recipients: many })).status).toBe(202);
  });

  test('R32: in every field of every channel', async () => {
    const v = '{{context.v}}';
    const url = `https://shop.example/?v=${v}`;
    const mail = await deliver(
      await herald.campaign({
        content: {
          subject: v,
          html: `<p>${v}</p><a href="${url}">a</a>`,
          text: `t ${v}`,
          preheader: `p ${v}`,
          replyTo: 'order+{{context.order}}@shop.example',
          headers: { 'X-Order': v },
        },
      }),
      recipient({ context: { v: 'A&B', order: 7 } }),
    );
    expect(mail).toMatchObject({ subject: 'A&B', text: expect.stringContaining('t A&B') });
    for (const part of ['<p>A&amp;B</p>', 'https://shop.example/?v=A%26B', 'p A&amp;B'])
      expect(mail.html).toContain(part);
    expect(mail.headers.map(({ name, value }) => `${name.toLowerCase()}: ${value}`)).toEqual(
      expect.arrayContaining(['reply-to: order+7@shop.example', 'x-order: A&B']),
    );

    const sms = await herald.campaign({ channel: 'sms', content: { text: `t ${v}` } });
    expect((await deliver<ReceivedOf<'sms'>>(sms, phone({ context: { v: 'A&B' } }))).text).toBe('t A&B');

    const { pushInfo } = (await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions')).body;
    const push = await deliver<ReceivedOf<'push'>>(
      await herald.campaign({
        channel: 'push',
        content: {
          title: v,
          body: v,
          icon: url,
          image: url,
          link: url,
          actions: [{ action: 'a', title: v, link: url }],
          data: { d: v },
        },
      }),
      device(pushInfo, { context: { v: 'A&B' } }),
    );
    const [text, link] = ['A&B', 'https://shop.example/?v=A%26B'];
    expect(push).toMatchObject({
      title: text,
      body: text,
      icon: link,
      image: link,
      link,
      data: { d: text },
      actions: [{ action: 'a', title: text, link }],
    });
  });
});

const ORDER = {
  type: 'object',
  required: ['order'],
  properties: {
    order: {
      type: 'object',
      required: ['total'],
      properties: { total: { type: 'number' }, currency: { type: 'string', default: 'EUR' }, items: { type: 'array' } },
    },
    greeting: { type: 'string', default: 'Hello' },
  },
};

describe('a schema of a campaign', () => {
  test('refuses a call as a whole, by the name of the field, and nothing is sent', async () => {
    const campaignId = await herald.campaign(email('{{context.order.total}}', { contextSchema: ORDER }));
    const right = (): object => recipient({ context: { order: { total: 1 } } });
    for (const [context, field] of [
      [{ order: { total: '12' } }, 'recipients[2].context.order.total'],
      [{ order: {} }, 'recipients[2].context.order.total'],
      [{}, 'recipients[2].context.order'],
      [undefined, 'recipients[2].context.order'],
    ] as const) {
      const wrong = recipient({ context });
      expect(await refusalOf(campaignId, [right(), right(), wrong])).toMatchObject({
        status: 422,
        code: 'context-invalid',
        field,
      });
    }
    const { body } = await herald.call<{ items: object[] }>('GET', `/v1/executions?campaignId=${campaignId}`);
    expect(body.items).toEqual([]);
  });

  test('fills in its defaults, for every repeat alike', async () => {
    const text = '{{context.greeting}} {{context.order.total}} {{context.order.currency}}';
    const campaignId = await herald.campaign(email(text, { contextSchema: ORDER }));
    const requestId = unique('request');
    const to = recipient({ context: { order: { total: 12 } } });
    expect((await deliver(campaignId, to)).text.trim()).toBe('Hello 12 EUR');
    const first = await herald.trigger(campaignId, { requestId, recipients: [to] });
    const again = await herald.trigger(campaignId, { requestId, recipients: [to] });
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 202, 'true']);
    expect(again.body).toEqual(first.body);
    // What is filled in is not what was sent: that would be another body.
    const full = { ...to, context: { greeting: 'Hello', order: { total: 12, currency: 'EUR' } } };
    expect(await refusalOf(campaignId, [full], requestId)).toMatchObject({ status: 409, code: 'request-id-reused' });
  });

  test('that is stricter than it was answers a repeat as before', async () => {
    const campaignId = await herald.campaign(email('{{context.code}}'));
    const requestId = unique('request');
    const to = recipient({ context: { code: 1 } });
    const first = await herald.trigger(campaignId, { requestId, recipients: [to] });
    const schema = { type: 'object', properties: { code: { type: 'string' } } };
    const patched = await herald.call(
      'PATCH',
      `/v1/campaigns/${campaignId}`,
      { contextSchema: schema },
      { 'if-match': '*' },
    );
    expect(patched.status).toBe(200);
    expect((await herald.call('POST', `/v1/campaigns/${campaignId}/activate`)).status).toBe(200);
    // Every process has the new version within a poll.
    await until('the new version is used', async () =>
      (await refusalOf(campaignId, [to])).status === 422 ? true : undefined,
    );
    const again = await herald.trigger(campaignId, { requestId, recipients: [to] });
    expect([again.status, again.body]).toEqual([202, first.body]);
  });

  test('whose defaults make a context too large refuses that call', async () => {
    const contextSchema = {
      type: 'object',
      properties: {
        items: { type: 'array', items: { type: 'object', properties: { note: { default: 'n'.repeat(1_000) } } } },
      },
    };
    const campaignId = await herald.campaign(email('{{length context.items}}', { contextSchema }));
    const items = (count: number): object =>
      recipient({ context: { items: Array.from({ length: count }, () => ({})) } });
    expect((await deliver(campaignId, items(150))).text.trim()).toBe('150');
    expect(await refusalOf(campaignId, [items(60_000)])).toMatchObject({
      status: 413,
      field: 'recipients[0].context',
      detail: expect.stringContaining('with the defaults'),
    });
  });

  test('can be taken away again', async () => {
    const campaignId = await herald.campaign(email('x', { contextSchema: ORDER }));
    const patch = { contextSchema: null, sensitive: null };
    const { body } = await herald.call('PATCH', `/v1/campaigns/${campaignId}`, patch, { 'if-match': '*' });
    expect(body).not.toHaveProperty('contextSchema');
  });

  test('is held against the content before calls can use it', async () => {
    const found = async (over: object): Promise<unknown[]> => {
      const surface = { name: 's', channel: 'email', sender: { address: 'a@b.example' } };
      const surfaceId = (await herald.call<{ id: string }>('POST', '/v1/surfaces', surface)).body.id;
      const campaign = {
        title: 't',
        channel: 'email',
        surfaceId,
        ...email(
          '{{context.order.total}} {{context.order.note}} {{context.system.time}} {{#each context.lines}}{{x}}{{/each}}',
        ),
        ...over,
      };
      const { id } = (await herald.call<{ id: string }>('POST', '/v1/campaigns', campaign)).body;
      const { body } = await herald.call<{
        valid: boolean;
        issues: { field: string; severity: string; message: string }[];
      }>('GET', `/v1/campaigns/${id}/validation`);
      const activated = await herald.call('POST', `/v1/campaigns/${id}/activate`);
      expect(activated.status).toBe(body.valid ? 200 : 422);
      return body.issues.map(({ severity, field, message }) => `${severity} ${field} ${message}`);
    };
    const lines = { type: 'array', items: { type: 'object', properties: { x: {} } } };
    const order = { type: 'object', properties: { total: { type: 'number' } } };
    expect(await found({})).toEqual([]);
    expect(await found({ contextSchema: { type: 'object', properties: { order, lines } } })).toEqual([
      'warning contextSchema does not declare context.order.note, which the content uses',
    ]);
    const closed = { ...order, additionalProperties: false };
    expect(await found({ contextSchema: { type: 'object', properties: { order: closed, lines } } })).toEqual([
      'error contextSchema allows no context.order.note, which the content uses',
    ]);
    expect(
      await found({ contextSchema: { type: 'object', properties: { order: { $ref: 'https://x.example' } } } }),
    ).toEqual([expect.stringMatching(/^error contextSchema does not compile: properties\.order\.\$ref must name/)]);
    expect(await found({ sensitive: ['context.order.total', 'context.lines.x', 'context.cod'] })).toEqual([
      expect.stringMatching(/^warning sensitive\[2\] context\.cod is neither/),
    ]);
  });
});
