import type { MessageView } from '@herald/contracts';
import { Outage } from '@herald/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import twilio from 'twilio';
import { phone, recipient, unique, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { providersFile, secretFile } from '../support/providers.ts';
import { startProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { bounceOf, complaintAbout, deliver, freePort, signed } from '../support/reports.ts';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

const DOMAIN = 'bounces.example.com';
const PUBLIC = 'https://herald.example.com/api';
const TOKEN = 'f'.repeat(32);
const FURTHER_TOKEN = 'e'.repeat(32);
const KEYS = { smtp: Buffer.from('a'.repeat(32)), twilio: Buffer.from('b'.repeat(32)) };
const SID = `SM${'0a'.repeat(16)}`;

let herald: Herald;
let mail: MailServer;
let sms: ProviderServer;
let port: number;
/** By the id of its message, where an email says that its bounces go. */
const returnPaths = new Map<string, string>();
/** While it stands, nothing can be published. */
let outage = false;

beforeAll(async () => {
  mail = await startMailServer({
    onData(stream, { envelope: { mailFrom } }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const messageId = /^message-id:\s*<([^@>]+)/im.exec(Buffer.concat(chunks).toString('latin1'))?.[1] ?? '';
        returnPaths.set(messageId, mailFrom === false ? '' : mailFrom.address);
        done(null, `queued as Q${messageId.slice(-14)}`);
      });
    },
  });
  sms = await startProviderServer();
  sms.answer = () => ({ status: 201, body: JSON.stringify({ sid: SID, status: 'queued' }) });
  port = await freePort();
  const secrets = Object.entries(KEYS).map(([name, key]) => `${name}:whsec_${key.toString('base64')}`);
  herald = await startHerald(
    {
      HERALD_SMTP_URL: mail.url,
      HERALD_TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
      HERALD_TWILIO_AUTH_TOKEN: TOKEN,
      HERALD_TWILIO_API_URL: sms.url,
      HERALD_PROVIDERS: providersFile([
        {
          name: 'text',
          kind: 'twilio',
          accountSid: `AC${'2'.repeat(32)}`,
          authToken: { file: secretFile(FURTHER_TOKEN) },
          url: sms.url,
        },
      ]),
      HERALD_SMS_CAP: '0',
      HERALD_SMS_PREFIX_CAP: '0',
      HERALD_PUBLIC_URL: PUBLIC,
      HERALD_BOUNCE_DOMAIN: DOMAIN,
      HERALD_BOUNCE_SMTP_PORT: String(port),
      HERALD_FEEDBACK_SECRETS: secrets.join(','),
    },
    hasPorts()
      ? {
          bus: (bus) => ({
            ...bus,
            publish: (records) =>
              outage ? Promise.reject(new Outage('unavailable', 'the test says so')) : bus.publish(records),
          }),
        }
      : undefined,
  );
  email = await herald.campaign();
  text = await herald.campaign({ channel: 'sms' });
  const made = await herald.call<{ key: string }>('POST', '/v1/keys', { name: 'pipe', scopes: ['feedback'] });
  pipe = herald.as(made.body.key);
}, 60_000);
afterAll(async () => {
  await herald.dispose();
  await mail.close();
  await sms.close();
}, 30_000);
afterEach(() => {
  outage = false;
});

let email: string;
let text: string;
let pipe: Client;

const send = async (to: object, campaign = email): Promise<MessageView> => {
  const { status, body } = await herald.trigger(campaign, { recipients: [to] });
  expect(status).toBe(202);
  return herald.finalMessage(body.executionId);
};
const sendTo = (userId: string): Promise<MessageView> => send(recipient({ userId }));
const someone = (): string => `${unique('someone')}@example.org`;
const pathOf = ({ messageId }: MessageView): string => returnPaths.get(messageId) ?? '';
const read = async ({ messageId }: MessageView): Promise<MessageView> =>
  (await herald.call<MessageView>('GET', `/v1/messages/${messageId}`)).body;
const saidOf = ({ timeline }: MessageView) =>
  timeline.filter(({ step }) => ['delivered', 'bounced', 'complained'].includes(step));
/** The message, once so much is known of it. */
const told = (message: MessageView, count = 1): Promise<MessageView> =>
  until('feedback is shown', async () => {
    const now = await read(message);
    return saidOf(now).length >= count ? now : undefined;
  });
const release = async (channel: string, address: string): Promise<number> =>
  (await herald.call('DELETE', `/v1/suppressions/${channel}/${encodeURIComponent(address)}`)).status;
const SUPPRESSED = { state: 'excluded', reason: 'suppressed', detail: 'hash' };
const RFC822 = { 'content-type': 'message/rfc822' };
const post = (raw: string, by: Client = pipe) => by.call('POST', '/feedback/email/dsn', raw, RFC822);

describe('an email that bounces', () => {
  test('by SMTP to its return path: shown beside its state, and its address gets nothing more', async () => {
    const address = someone();
    const sent = await sendTo(address);
    expect(sent.state).toBe('sent');
    expect(pathOf(sent)).toMatch(/^bounce\+[0-9a-f]{32}-0\.[0-9a-f]{16}@bounces\.example\.com$/);
    expect(await deliver(port, pathOf(sent), bounceOf(pathOf(sent)))).toBe(250);

    const now = await told(sent);
    expect(saidOf(now)).toEqual([
      expect.objectContaining({
        step: 'bounced',
        provider: 'smtp',
        reason: 'mailbox-unknown',
        bounce: 'hard',
        detail: '550 5.1.1',
      }),
    ]);
    const { timeline: _, ...before } = sent;
    expect(now).toMatchObject(before);
    expect(JSON.stringify(now)).not.toContain('example.org');

    expect(await sendTo(address.toUpperCase().replace('EXAMPLE.ORG', 'example.org'))).toMatchObject(SUPPRESSED);
    expect(await sendTo(someone())).toMatchObject({ state: 'sent' });
    const { body } = await herald.call<{ items: { address: string }[] }>('GET', '/v1/suppressions');
    const [entry] = body.items;
    expect(entry).toMatchObject({ channel: 'email', kind: 'hash', reason: 'hard-bounce', source: 'bounce' });
    expect(JSON.stringify(body)).not.toContain('example.org');
    const asked = await herald.call('GET', `/ajo/config/suppression/addresses/${address}`);
    expect(asked.body).toMatchObject({ entity: { entityValue: address }, suppressed: { type: 'HARD' } });
    // Whoever knows the address takes it off the list.
    expect(await release('email', address)).toBe(204);
    expect(await sendTo(address)).toMatchObject({ state: 'sent' });
    expect(await herald.metrics()).toMatch(
      /^herald_feedback_total\{channel="email",provider="smtp",kind="bounced",reason="mailbox-unknown"\} [1-9]/m,
    );
  });

  test('by a pipe: found by the return path or by the Message-ID, and stored once however often it comes', async () => {
    for (const withPath of [true, false]) {
      const address = someone();
      const sent = await sendTo(address);
      const raw = withPath
        ? bounceOf(pathOf(sent))
        : bounceOf('no-reply@herald.example', { messageId: sent.messageId });
      expect(await post(raw)).toMatchObject({ status: 202, body: { taken: 1, dropped: 0 } });
      await told(sent);
      expect(await sendTo(address)).toMatchObject(SUPPRESSED);
      // Somebody repairs the mailbox and says so. The old bounce comes again, and counts for nothing.
      expect(await release('email', address)).toBe(204);
      const later = await sendTo(someone());
      for (const bytes of [raw, raw, bounceOf(pathOf(later))]) expect((await post(bytes)).status).toBe(202);
      await told(later);
      expect(saidOf(await read(sent))).toHaveLength(1);
      expect(await sendTo(address)).toMatchObject({ state: 'sent' });
    }
  });

  test('softly, three times: then its address gets nothing more; what was delivered in between counts anew', async () => {
    const address = someone();
    const bounce = async (): Promise<void> => {
      const sent = await sendTo(address);
      expect(sent.state).toBe('sent');
      await post(bounceOf(pathOf(sent), { status: '4.2.2' }));
      expect(saidOf(await told(sent))).toMatchObject([{ reason: 'mailbox-full', bounce: 'soft' }]);
    };
    await bounce();
    await bounce();
    const delivered = await sendTo(address);
    await say('smtp', { messageId: delivered.messageId, kind: 'delivered' });
    await told(delivered);
    await bounce();
    await bounce();
    await bounce();
    expect(await sendTo(address)).toMatchObject(SUPPRESSED);
  });

  test('for what is not its address’s fault is shown, and changes nothing', async () => {
    const address = someone();
    for (let times = 0; times < 4; times += 1) {
      const sent = await sendTo(address);
      expect(sent.state).toBe('sent');
      await post(bounceOf(pathOf(sent), { status: '5.7.1' }));
      expect(saidOf(await told(sent))).toMatchObject([{ reason: 'message-refused', bounce: 'blocked' }]);
    }
  });

  test('and one that somebody calls spam: nothing more is sent there', async () => {
    const address = someone();
    const sent = await sendTo(address);
    expect(await deliver(port, `complaints@${DOMAIN}`, complaintAbout(pathOf(sent)))).toBe(250);
    expect(saidOf(await told(sent))).toMatchObject([{ step: 'complained', reason: 'spam-complaint' }]);
    expect(await sendTo(address)).toMatchObject(SUPPRESSED);
  });
});

describe('nobody bounces what is not theirs', () => {
  test('with a return path that they made up: refused by SMTP, dropped otherwise', async () => {
    const [mine, other] = [await sendTo(someone()), await sendTo(someone())];
    const signature = pathOf(mine).split('.')[1] ?? '';
    const forged = pathOf(other).replace(/\.[0-9a-f]{16}@/, `.${signature}`.replace(/@.*$/, '') + '@');
    expect(forged).not.toBe(pathOf(other));
    expect(await deliver(port, forged, bounceOf(forged))).toBe(550);
    expect(await post(bounceOf(forged))).toMatchObject({ status: 202, body: { taken: 0, dropped: 1 } });
    // The envelope is right, the words inside are about somebody else.
    const words = bounceOf(forged, { messageId: other.messageId });
    expect(await deliver(port, `complaints@${DOMAIN}`, words)).toBe(250);
    expect(await deliver(port, pathOf(mine), words)).toBe(250);
    await told(mine);
    expect(saidOf(await read(other))).toEqual([]);
    expect(await sendTo(someone())).toMatchObject({ state: 'sent' });
  });

  test('and the listener relays nothing', async () => {
    for (const to of ['ada@example.org', `postmaster@${DOMAIN}`, `bounce+x@${DOMAIN}`, 'complaints@example.org']) {
      expect([to, await deliver(port, to, bounceOf(to))]).toEqual([to, 550]);
    }
  });

  test('with a key of another sandbox, or without the scope', async () => {
    const sent = await sendTo(someone());
    const { body } = await herald.call<{ key: string }>('POST', '/v1/keys', {
      name: 'theirs',
      scopes: ['feedback'],
      sandbox: 'dev',
    });
    for (const raw of [bounceOf(pathOf(sent)), bounceOf('x@y.example', { messageId: sent.messageId })]) {
      expect(await post(raw, herald.as(body.key))).toMatchObject({ status: 202, body: { taken: 0, dropped: 1 } });
    }
    expect(await post('Subject: I am on holiday\n\nBye')).toMatchObject({ body: { taken: 0, dropped: 1 } });
    expect((await pipe.call('GET', '/v1/suppressions')).status).toBe(403);
    const later = await sendTo(someone());
    await post(bounceOf(pathOf(later)));
    await told(later);
    expect(saidOf(await read(sent))).toEqual([]);
  });
});

/** What Twilio sends, signed with the account's token unless told otherwise. */
async function callback(messageId: string, form: Record<string, string>, signature?: string, token = TOKEN) {
  const path = `/feedback/sms/twilio?message=${encodeURIComponent(messageId)}`;
  const fields = { MessageSid: SID, AccountSid: `AC${'1'.repeat(32)}`, ...form };
  return herald.call('POST', path, new URLSearchParams(fields).toString(), {
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'x-twilio-signature': signature ?? twilio.getExpectedTwilioSignature(token, `${PUBLIC}${path}`, fields),
  });
}

describe('Twilio', () => {
  test('speaks for each account that is configured, by its own token, and of its own messages', async () => {
    const further = await herald.campaign({ channel: 'sms' }, { providers: ['text'] });
    const [to, theirs] = [phone(), phone()];
    const [sent, other] = [await send(to, further), await send(theirs, text)];
    const form = { MessageStatus: 'undelivered', ErrorCode: '30005' };
    expect((await callback(sent.messageId, form, undefined, FURTHER_TOKEN)).status).toBe(204);
    expect(saidOf(await told(sent))).toMatchObject([{ step: 'bounced', provider: 'text' }]);
    expect(await send(to, further)).toMatchObject(SUPPRESSED);
    expect((await callback(other.messageId, form, undefined, FURTHER_TOKEN)).status).toBe(204);
    expect(await send(theirs, text)).toMatchObject({ state: 'sent' });
    expect(saidOf(await read(other))).toEqual([]);
  });

  test('is asked to say what becomes of each message', async () => {
    const sent = await send(phone(), text);
    const form = new URLSearchParams(sms.requests.at(-1)?.body.toString());
    expect(form.get('StatusCallback')).toBe(`${PUBLIC}/feedback/sms/twilio?message=${sent.messageId}`);
  });

  test('says that a message was delivered, and later that it was not: both are shown, the state is not theirs', async () => {
    const to = phone();
    const sent = await send(to, text);
    for (const MessageStatus of ['queued', 'sent', 'delivered', 'delivered']) {
      expect((await callback(sent.messageId, { MessageStatus })).status).toBe(204);
    }
    expect(saidOf(await told(sent))).toMatchObject([{ step: 'delivered', provider: 'twilio' }]);
    expect((await callback(sent.messageId, { MessageStatus: 'undelivered', ErrorCode: '30005' })).status).toBe(204);
    const now = await told(sent, 2);
    expect(now.state).toBe('sent');
    expect(saidOf(now)[1]).toMatchObject({
      step: 'bounced',
      reason: 'number-unknown',
      bounce: 'hard',
      detail: '30005',
    });
    expect(await send(to, text)).toMatchObject(SUPPRESSED);
  });

  test.each([
    ['30003', 'unreachable', 'soft'],
    ['30004', 'message-refused', 'blocked'],
    ['30006', 'not-mobile', 'hard'],
    ['21610', 'unsubscribed', 'hard'],
    ['39999', 'unclassified', 'soft'],
    ['', 'unclassified', 'soft'],
  ])('failed with the error %s is %s, %s', async (ErrorCode, reason, bounce) => {
    const sent = await send(phone(), text);
    expect((await callback(sent.messageId, { MessageStatus: 'failed', ErrorCode })).status).toBe(204);
    expect(saidOf(await told(sent))).toMatchObject([{ step: 'bounced', reason, bounce }]);
  });

  test('is not anybody: without its signature, or with that of another message, nothing is taken', async () => {
    const to = phone();
    const [sent, other] = [await send(to, text), await send(phone(), text)];
    const form = { MessageStatus: 'undelivered', ErrorCode: '30005' };
    const url = `${PUBLIC}/feedback/sms/twilio?message=${other.messageId}`;
    const fields = { MessageSid: SID, AccountSid: `AC${'1'.repeat(32)}`, ...form };
    const theirs = twilio.getExpectedTwilioSignature(TOKEN, url, fields);
    const wrong = twilio.getExpectedTwilioSignature(
      '0'.repeat(32),
      url.replace(other.messageId, sent.messageId),
      fields,
    );
    for (const signature of ['', 'x', theirs, wrong]) {
      const { status, body } = await callback(sent.messageId, form, signature);
      expect([signature, status, body]).toMatchObject([
        signature,
        403,
        { report: { additionalContext: { code: 'signature-invalid' } } },
      ]);
    }
    expect((await callback(other.messageId, form)).status).toBe(204);
    await told(other);
    expect(saidOf(await read(sent))).toEqual([]);
    expect(await send(to, text)).toMatchObject({ state: 'sent' });
  });

  test('speaks of messages that there are, and of its own', async () => {
    const letter = await sendTo(someone());
    for (const messageId of [`HUMA-${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}.0`, 'nothing', letter.messageId]) {
      expect((await callback(messageId, { MessageStatus: 'undelivered', ErrorCode: '30005' })).status).toBe(204);
    }
    const sent = await send(phone(), text);
    await callback(sent.messageId, { MessageStatus: 'delivered' });
    await told(sent);
    expect(saidOf(await read(letter))).toEqual([]);
  });
});

const say = (provider: string, body: unknown, headers?: Record<string, string>) => {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  const key = provider === 'twilio' ? KEYS.twilio : KEYS.smtp;
  return herald.call('POST', `/feedback/${provider}`, raw, headers ?? signed(key, raw));
};

describe('any provider', () => {
  test('says many things at once, by Herald’s ids and by its own, each stored once', async () => {
    const [one, two, three] = [await sendTo(someone()), await sendTo(someone()), await sendTo(someone())];
    expect(two.providerMessageId).toBe(`Q${two.messageId.slice(-14)}`);
    const at = new Date(Date.now() - 1_000).toISOString();
    const items = [
      { messageId: one.messageId, kind: 'delivered', at },
      {
        providerMessageId: two.providerMessageId,
        kind: 'bounced',
        type: 'hard',
        code: '550 5.1.1',
        detail: 'to x@y.example',
      },
      { messageId: three.messageId, kind: 'complained', id: 'their-own-1' },
      { providerMessageId: 'unheard-of', kind: 'delivered' },
      { messageId: 'unheard-of', kind: 'delivered' },
    ];
    // The index of their ids is as far as the tracker is.
    const answer = await until('the provider’s id is known', async () => {
      const { status, body } = await say('smtp', items);
      expect(status).toBe(202);
      return body['taken'] === 3 ? body : undefined;
    });
    expect(answer).toEqual({ taken: 3, dropped: 2 });
    await say('smtp', items[0]);
    await say('smtp', items);
    expect(saidOf(await told(one))).toMatchObject([{ step: 'delivered', at, provider: 'smtp' }]);
    expect(saidOf(await told(two))).toMatchObject([
      { step: 'bounced', reason: 'mailbox-unknown', detail: '550 5.1.1' },
    ]);
    expect(saidOf(await told(three))).toMatchObject([{ step: 'complained', reason: 'spam-complaint' }]);
    expect(JSON.stringify(await read(two))).not.toContain('y.example');
  });

  test('signs what it says, as it is, and not long ago', async () => {
    const sent = await sendTo(someone());
    const body = JSON.stringify({ messageId: sent.messageId, kind: 'bounced', type: 'hard' });
    const refused: Record<string, string>[] = [
      {},
      signed(KEYS.twilio, body),
      signed(KEYS.smtp, `${body} `),
      signed(KEYS.smtp, body, Date.now() - 400_000),
      signed(KEYS.smtp, body, Date.now() + 400_000),
      { ...signed(KEYS.smtp, body), 'webhook-id': 'msg_2' },
      { ...signed(KEYS.smtp, body), 'webhook-signature': 'v1,' },
      { ...signed(KEYS.smtp, body), 'webhook-signature': 'x' },
    ];
    for (const headers of refused) expect((await say('smtp', body, headers)).status).toBe(403);
    expect((await herald.call('POST', '/feedback/nobody', body, signed(KEYS.smtp, body))).status).toBe(403);
    const rotated = signed(KEYS.smtp, body);
    rotated['webhook-signature'] = `v1,${'A'.repeat(43)}= v1a,x ${rotated['webhook-signature']}`;
    expect((await say('smtp', body, rotated)).body).toEqual({ taken: 1, dropped: 0 });
    expect(saidOf(await told(sent))).toHaveLength(1);
  });

  test('speaks of its own messages alone', async () => {
    const sent = await sendTo(someone());
    const body = { messageId: sent.messageId, kind: 'bounced', type: 'hard' };
    expect((await say('twilio', body)).body).toEqual({ taken: 0, dropped: 1 });
  });

  test.each<[what: unknown, field: string, body?: unknown]>([
    ['{', 'body'],
    ['[]', 'body'],
    [{ kind: 'bounced' }, '[0]'],
    [{ messageId: 'a', providerMessageId: 'b', kind: 'bounced' }, '[0]'],
    [{ messageId: 'a', kind: 'opened' }, '[0].kind'],
    [
      [
        { messageId: 'a', kind: 'delivered' },
        { messageId: 'a b', kind: 'delivered' },
      ],
      '[1].messageId',
    ],
    [{ messageId: 'a', kind: 'bounced', type: 'blocked' }, '[0].type'],
    [{ messageId: 'a', kind: 'delivered', at: 'yesterday' }, '[0].at'],
    [{ messageId: 'a', kind: 'delivered', unheard: 1 }, '[0].unheard'],
    ['too many', 'body', Array.from({ length: 1_001 }, () => ({ messageId: 'a', kind: 'delivered' }))],
  ])('is told what is wrong with %j', async (what, field, body = what) => {
    expect(await say('smtp', body)).toMatchObject({
      status: 400,
      body: { report: { additionalContext: { code: 'invalid-body', field } } },
    });
  });
});

// Only in this process can something stand between the tracker and its log.
if (hasPorts()) {
  test('while it cannot be stored nobody is told that it was: 503, or 451 by SMTP, and it is taken when it comes again', async () => {
    const [one, two, three, four] = [
      await sendTo(someone()),
      await sendTo(someone()),
      await sendTo(someone()),
      await send(phone(), text),
    ];
    outage = true;
    expect((await post(bounceOf(pathOf(one)))).status).toBe(503);
    expect(await deliver(port, pathOf(two), bounceOf(pathOf(two)))).toBe(451);
    const item = { messageId: three.messageId, kind: 'delivered' };
    expect((await say('smtp', item)).status).toBe(503);
    expect((await callback(four.messageId, { MessageStatus: 'delivered' })).status).toBe(503);
    outage = false;
    expect((await post(bounceOf(pathOf(one)))).status).toBe(202);
    expect(await deliver(port, pathOf(two), bounceOf(pathOf(two)))).toBe(250);
    expect((await say('smtp', item)).status).toBe(202);
    expect((await callback(four.messageId, { MessageStatus: 'delivered' })).status).toBe(204);
    for (const message of [one, two, three, four]) expect(saidOf(await told(message))).toHaveLength(1);
  });
}

test('without a domain for bounces, they go to the sender of the surface', async () => {
  const other = await startHerald({ HERALD_SMTP_URL: mail.url });
  try {
    const { body } = await other.trigger(await other.campaign());
    const { messageId } = await other.finalMessage(body.executionId);
    expect(returnPaths.get(messageId)).toBe('no-reply@herald.example');
  } finally {
    await other.dispose();
  }
});
