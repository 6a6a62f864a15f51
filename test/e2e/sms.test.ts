import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReceivedOf } from '@herald/contracts';
import { phone, unique } from '../support/client.ts';
import { startProviderServer, type Answer, type ProviderServer } from '../support/provider-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
/** One for all tests: where Herald is many processes, those are started anew for another one. */
let twilio: ProviderServer;
beforeAll(async () => {
  twilio = await startProviderServer();
});
afterEach(() => herald.dispose());
afterAll(() => twilio.close());

const SID = `SM${'0a'.repeat(16)}`;
const queued = { status: 201, body: JSON.stringify({ sid: SID, status: 'queued' }) };
const refusal = (status: number, code: number, headers = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify({ status, code, message: 'no, not +4520123456' }),
});
const account = (url: string) => ({
  HERALD_TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  HERALD_TWILIO_AUTH_TOKEN: 'f'.repeat(32),
  HERALD_TWILIO_API_URL: url,
});
const PATIENT = { HERALD_RETRY_MS: Array.from({ length: 30 }, () => 50).join(',') };

/** Herald with an account at a server of the test. */
async function startWithTwilio(answer: () => Answer, env = {}): Promise<ProviderServer> {
  twilio.forget();
  twilio.answer = answer;
  herald = await startHerald({ ...account(twilio.url), ...env });
  return twilio;
}
const trigger = async (campaign: object = {}, recipient = phone()) => {
  const campaignId = await herald.campaign({ channel: 'sms', ...campaign });
  const { status, body } = await herald.trigger(campaignId, { recipients: [recipient] });
  expect(status).toBe(202);
  return body.executionId;
};

describe('an SMS is delivered', () => {
  test('by the real client to a server that speaks its language, and shown in the inbox', async () => {
    herald = await startHerald();
    const text = '{{context.code}} er din kode, {{context.name}} & co. 🎉';
    const executionId = await trigger(
      { content: { text }, timeToLive: 300 },
      phone({ userId: '+4520123456', context: { code: '0007', name: 'Åse <b>' } }),
    );
    const message = await herald.finalMessage(executionId);
    expect(message).toMatchObject({ state: 'sent', channel: 'sms', provider: 'twilio', attempts: 1 });
    const [received] = (await herald.received({ channel: 'sms', to: '+4520123456' })) as ReceivedOf<'sms'>[];
    expect(received).toMatchObject({
      envelope: { from: '+4552515253', to: ['+4520123456'] },
      text: '0007 er din kode, Åse <b> & co. 🎉',
      providerMessageId: message.providerMessageId,
    });
    // Twilio is not to keep it for longer than anybody wants it.
    expect(received?.validityPeriod).toBeGreaterThan(0);
    expect(received?.validityPeriod).toBeLessThanOrEqual(300);
    expect(await herald.received({ channel: 'sms', to: '+4520123457' })).toEqual([]);
    expect(await herald.received({ channel: 'push' })).toEqual([]);
    expect((await herald.call('DELETE', '/v1/inbox')).status).toBe(204);
    expect(await herald.received()).toEqual([]);
  });

  test('to the number of the profile, from a messaging service', async () => {
    herald = await startHerald();
    const service = `MG${'a'.repeat(32)}`;
    const campaignId = await herald.campaign({ channel: 'sms' }, { sender: { from: service } });
    const userId = `${unique('ada')}@example.com`;
    const attributes = { mobilePhone: { number: '+4520123458' } };
    await herald.call('PUT', `/v1/profiles/email/${encodeURIComponent(userId)}`, { attributes });
    const recipients = [phone({ type: 'aep', namespace: 'email', userId })];
    const { body } = await herald.trigger(campaignId, { recipients });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent' });
    const [received] = await herald.received({ channel: 'sms' });
    expect(received?.envelope).toEqual({ from: service, to: ['+4520123458'] });
  });
});

describe('an SMS is excluded', () => {
  test('for want of a value, where the campaign says so, with its name', async () => {
    herald = await startHerald();
    const executionId = await trigger({ onMissing: 'exclude' }, phone({ context: {} }));
    expect(await herald.finalMessage(executionId)).toMatchObject({
      state: 'excluded',
      reason: 'missing-attribute',
      detail: 'context.code',
    });
  });

  test('when its number, or its block of numbers, has had enough in this hour', async () => {
    const { requests } = await startWithTwilio(() => queued, { HERALD_SMS_CAP: '2', HERALD_SMS_PREFIX_CAP: '4' });
    const campaignId = await herald.campaign({ channel: 'sms' });
    const numbers = [
      ...Array.from({ length: 3 }, () => '+4520123401'),
      '+4520123402',
      '+4520123403',
      '+4520123404',
      '+4530000000',
    ];
    const hour = (): number => Math.floor(Date.now() / 3_600_000);
    const startedIn = hour();
    const reasons: (string | undefined)[] = [];
    for (const userId of numbers) {
      const { body } = await herald.trigger(campaignId, { recipients: [phone({ userId })] });
      reasons.push((await herald.finalMessage(body.executionId)).reason);
    }
    expect(requests).toHaveLength(reasons.filter((reason) => reason === 'accepted').length);
    if (hour() !== startedIn) return;
    // What its number refused is not counted for its block: two, two more, and the block is full.
    const [sent, refused] = ['accepted', 'recipient-cap'];
    expect(reasons).toEqual([sent, sent, refused, sent, sent, refused, sent]);
  });
});

describe('Twilio that answers', () => {
  test('429: tried again, not before it said, and sent', async () => {
    let calls = 0;
    const { requests } = await startWithTwilio(() =>
      (calls += 1) === 1 ? refusal(429, 20429, { 'retry-after': '1' }) : queued,
    );
    const message = await herald.finalMessage(await trigger());
    expect(message).toMatchObject({ state: 'sent', attempts: 2, providerMessageId: SID });
    expect(requests).toHaveLength(2);
    const retried = message.timeline.findIndex(({ step, reason }) => step === 'retry' && reason === 'rate-limited');
    expect(message.timeline[retried + 1]?.step).toBe('claimed');
    expect(message.timeline[retried + 1]?.ms).toBeGreaterThanOrEqual(1_000);
  });

  test('500 for longer than the policy allows: dead, with the last answer', async () => {
    const { requests } = await startWithTwilio(() => ({ status: 500, body: 'oh no' }));
    const message = await herald.finalMessage(await trigger());
    expect(message).toMatchObject({ state: 'dead', reason: 'exhausted', detail: 'server-error 500', attempts: 4 });
    expect(requests).toHaveLength(4);
  });

  test.each([
    [21211, 'invalid-address'],
    [21610, 'unsubscribed'],
    [21614, 'not-mobile'],
    [21606, 'sender-refused'],
    [21999, 'twilio-4xx'],
  ])('400 with the error %d: failed, %s, at the first attempt, without the number', async (code, reason) => {
    const { requests } = await startWithTwilio(() => refusal(400, code));
    const message = await herald.finalMessage(await trigger({}, phone({ userId: '+4520123456' })));
    expect(message).toMatchObject({ state: 'failed', reason, detail: `400 ${code}`, attempts: 1 });
    expect(JSON.stringify(message)).not.toContain('4520123456');
    expect(requests).toHaveLength(1);
  });

  test('401: waits for the operator, and is sent when the account is right', async () => {
    const server = await startWithTwilio(() => refusal(401, 20003), PATIENT);
    const executionId = await trigger();
    const waiting = await herald.finalMessage(executionId, ['retrying']);
    expect(waiting.timeline.at(-1)).toMatchObject({ step: 'retry', reason: 'auth-failed' });
    server.answer = () => queued;
    expect(await herald.finalMessage(executionId)).toMatchObject({ state: 'sent' });
  });

  test('nothing, because it is not there: the message waits on the ladder and is sent when it is', async () => {
    const before = await startProviderServer();
    const port = Number(before.host.split(':')[1]);
    await before.close();
    herald = await startHerald({ ...account(before.url), ...PATIENT });
    const executionId = await trigger();
    await herald.finalMessage(executionId, ['retrying']);
    const after = await startProviderServer({ port });
    after.answer = () => queued;
    expect(await herald.finalMessage(executionId)).toMatchObject({ state: 'sent', providerMessageId: SID });
    await after.close();
  });

  test('nothing until the deadline: expired', async () => {
    herald = await startHerald({ ...account('http://127.0.0.1:1'), ...PATIENT });
    const message = await herald.finalMessage(await trigger({ timeToLive: 1 }));
    expect(message).toMatchObject({ state: 'expired', reason: 'deadline' });
  });
});

describe('Twilio that takes the message and says nothing', () => {
  test('at-most-once: failed, outcome unknown, called once', async () => {
    const { requests } = await startWithTwilio(() => 'break');
    const message = await herald.finalMessage(await trigger({ guarantee: 'at-most-once' }));
    expect(message).toMatchObject({
      state: 'failed',
      reason: 'outcome-unknown',
      detail: 'connection-lost',
      attempts: 1,
    });
    expect(requests).toHaveLength(1);
  });

  test('at-least-once: called again, and the time line says why', async () => {
    let calls = 0;
    const { requests } = await startWithTwilio(() => ((calls += 1) === 1 ? 'break' : queued));
    const message = await herald.finalMessage(await trigger());
    expect(message).toMatchObject({ state: 'sent', attempts: 2 });
    expect(message.timeline.map(({ reason }) => reason)).toContain('outcome-unknown');
    expect(requests).toHaveLength(2);
  });
});

test('without an account, and without an inbox, a message waits and uses up no attempt', async () => {
  herald = await startHerald({ HERALD_INBOX: 'off' });
  const executionId = await trigger();
  const lag = async (): Promise<boolean | undefined> =>
    /^herald_.*sender-sms/m.test(await herald.metrics()) || undefined;
  await until('the sender is at work', lag);
  expect(await herald.finalMessage(executionId, ['accepted'])).toMatchObject({ attempts: 0 });
  herald = await herald.restart({});
  expect(await herald.finalMessage(executionId)).toMatchObject({ state: 'sent', attempts: 1 });
});
