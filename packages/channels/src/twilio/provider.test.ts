import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Provider } from '../port.ts';
import { startScriptedHttps, type Answer, type ScriptedHttps } from '../testing/https-script.ts';
import { outgoingSms } from '../testing/outgoing.ts';
import { TWILIO_OUTCOMES } from './outcomes.ts';
import { createTwilioProvider, type TwilioProviderOptions } from './provider.ts';

const ACCOUNT = `AC${'1'.repeat(32)}`;
const SID = `SM${'0a'.repeat(16)}`;
const NUMBER = '+4520123456';
const queued = { status: 201, body: JSON.stringify({ sid: SID, status: 'queued', to: NUMBER }) };
const refusal = (status: number, code: number, headers = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ code, message: `${NUMBER} is wrong`, more_info: 'https://www.twilio.com/docs', status }),
});

let server: ScriptedHttps;
const providers: Provider<'sms'>[] = [];
beforeEach(async () => {
  server = await startScriptedHttps({ accept: () => queued, 'refuse-for-now': queued, 'refuse-for-good': queued });
});
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close();
  await server.close();
});

function connect(over: Partial<TwilioProviderOptions> = {}): Provider<'sms'> {
  const account = { name: 'twilio', accountSid: ACCOUNT, authToken: 'secret' };
  const provider = createTwilioProvider({
    ...account,
    url: server.url,
    ca: server.ca,
    connections: 1,
    timeoutMs: 5_000,
    ...over,
  });
  providers.push(provider);
  return provider;
}

const formOf = (at = 0): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(server.requests[at]?.body.toString()));

describe('a message', () => {
  test('is what the Messages API wants, on a connection that is kept', async () => {
    const provider = connect();
    for (let at = 0; at < 3; at += 1) {
      expect(await provider.send(outgoingSms())).toEqual({ kind: 'accepted', providerMessageId: SID });
    }
    expect(server.connections.total).toBe(1);
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${ACCOUNT}:secret`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': expect.stringMatching(/^twilio-node\//),
      },
    });
    expect(formOf()).toEqual({ To: NUMBER, From: '+4552515253', Body: 'Your code is 123456', ValidityPeriod: '300' });
  });

  test.each([
    ['+4552515253', { From: '+4552515253' }],
    ['12345', { From: '12345' }],
    ['The Shop', { From: 'The Shop' }],
    ['MGMT', { From: 'MGMT' }],
    [`MG${'a'.repeat(32)}`, { MessagingServiceSid: `MG${'a'.repeat(32)}` }],
  ])('from %s', async (from, expected) => {
    await connect().send(outgoingSms({ from }));
    const { To: _to, Body: _body, ValidityPeriod: _validity, ...sender } = formOf();
    expect(sender).toEqual(expected);
  });

  test('keeps every character of its text', async () => {
    const text = 'Kod: 12+34 & 50% = æøå 🎉\nhttps://x.example/?a=1&b=%2F';
    await connect().send(outgoingSms({ content: { kind: 'sms', text } }));
    expect(formOf()['Body']).toBe(text);
  });

  test('is not queued at Twilio past its deadline, nor for longer than Twilio takes', async () => {
    const provider = connect();
    const { now } = outgoingSms();
    for (const lives of [90_999, 0, -5, 35_999_000, 36_000_000, 86_400_000]) {
      await provider.send(outgoingSms({ deadline: now + lives }));
    }
    const periods = server.requests.map((_, at) => formOf(at)['ValidityPeriod']);
    expect(periods).toEqual(['90', '1', '1', '35999', undefined, undefined]);
  });

  test('goes to the API below a path', async () => {
    await connect({ url: `${server.url}/gateway/twilio/` }).send(outgoingSms());
    expect(server.requests[0]?.path).toBe(`/gateway/twilio/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
  });

  test.each(['', 'ada@example.net', '4520123456', '+45 20 12 34 56', '+4520123456\r\nFrom: x', '+0012345678'])(
    'to %j is not sent',
    async (address) => {
      expect(await connect().send(outgoingSms({ address }))).toEqual({ kind: 'permanent', code: 'invalid-address' });
      expect(server.requests).toHaveLength(0);
    },
  );
});

describe('an answer', () => {
  const rows = TWILIO_OUTCOMES.flatMap(({ kind, code, errors = [] }) =>
    errors.map((error) => [error, kind, code] as const),
  );
  test.each(rows)('with the error %d is %s: %s', async (error, kind, code) => {
    server.answer = () => refusal(400, error);
    const reply = await connect().send(outgoingSms());
    expect(reply).toEqual({ kind, code, detail: `400 ${error}` });
    expect(JSON.stringify(reply)).not.toContain('4520123456');
  });

  test.each([
    [401, 'transient', 'auth-failed'],
    [403, 'transient', 'auth-failed'],
    [404, 'permanent', 'twilio-4xx'],
    [400, 'permanent', 'twilio-4xx'],
    [413, 'permanent', 'too-large'],
    [408, 'transient', 'server-error'],
    [429, 'transient', 'rate-limited'],
    [500, 'transient', 'server-error'],
    [503, 'transient', 'server-error'],
    [599, 'transient', 'server-error'],
    [302, 'transient', 'redirected'],
    [600, 'unknown', 'protocol'],
  ])('of %d without a code of its own is %s: %s', async (status, kind, code) => {
    server.answer = () => ({ status, headers: { location: `${server.url}/elsewhere` }, body: '<html>no JSON</html>' });
    expect(await connect().send(outgoingSms())).toEqual({ kind, code, detail: String(status) });
    expect(server.requests).toHaveLength(1);
  });

  test('says when to come back, in seconds or as a date', async () => {
    const provider = connect();
    const { now } = outgoingSms();
    const date = new Date(now + 90_000).toUTCString();
    for (const [header, retryAfterMs] of [
      ['7', 7_000],
      [date, 90_000],
      ['99999999', 86_400_000],
    ] as const) {
      server.answer = () => refusal(429, 20429, { 'retry-after': header });
      expect(await provider.send(outgoingSms())).toEqual({
        kind: 'transient',
        code: 'rate-limited',
        detail: '429 20429',
        retryAfterMs,
      });
    }
    for (const header of ['0', '-1', 'soon', new Date(now - 1_000).toUTCString()]) {
      server.answer = () => refusal(503, 20500, { 'retry-after': header });
      expect(await provider.send(outgoingSms())).not.toHaveProperty('retryAfterMs');
    }
  });

  test.each([
    ['no JSON', { status: 201, body: '<html>' }],
    ['nothing', { status: 201 }],
    ['null', { status: 201, body: 'null' }],
    ['a SID that is none', { status: 201, body: '{"sid":"x"}' }],
    ['more than anybody reads', { status: 201, body: '['.repeat(1_000_000) }],
  ] as const)('of 201 with %s is one: the message was accepted', async (_, answer) => {
    server.answer = () => answer;
    expect(await connect().send(outgoingSms())).toEqual({ kind: 'accepted', providerMessageId: 'message-1' });
  });

  test('of 201 that never ends is one, in time', async () => {
    server.answer = () => ({ ...queued, body: '{', unfinished: true });
    const reply = await connect({ timeoutMs: 300 }).send(outgoingSms());
    expect(reply).toEqual({ kind: 'accepted', providerMessageId: 'message-1' });
  });
});

test('a server with another certificate is not spoken to', async () => {
  const other = await startScriptedHttps({ accept: () => queued, 'refuse-for-now': queued, 'refuse-for-good': queued });
  expect(await connect({ ca: other.ca }).send(outgoingSms())).toEqual({ kind: 'transient', code: 'tls' });
  expect(server.requests).toHaveLength(0);
  await other.close();
});

test('a name that does not resolve is transient', async () => {
  const reply = await connect({ url: 'https://nowhere.invalid' }).send(outgoingSms());
  expect(reply).toEqual({ kind: 'transient', code: 'host-not-found' });
});
