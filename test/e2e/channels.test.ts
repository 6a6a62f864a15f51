import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboxSubscription, MessageView, Received, ReceivedOf } from '@herald/contracts';
import { unique } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startSmsServer, type SmsServer } from '../support/sms-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let sms: SmsServer | undefined;
let mail: MailServer | undefined;
afterEach(async () => {
  await herald.dispose();
  await sms?.close();
  await mail?.close();
  sms = mail = undefined;
});

async function campaignOf(channel: 'sms' | 'push', over: object = {}): Promise<string> {
  const sender = channel === 'sms' ? { sender: { from: '+15550100001' } } : {};
  const surface = { name: unique('surface'), channel, ...sender };
  const { body } = await herald.call<{ id: string }>('POST', '/v1/surfaces', surface);
  const content =
    channel === 'sms'
      ? { text: 'Your code is {{context.code}}' }
      : { title: 'Order {{context.code}}', body: 'is on its way', link: 'https://shop.example/?o={{context.code}}' };
  return herald.campaign({ channel, surfaceId: body.id, content, ...over });
}
const phone = (userId: string, context: object = { code: '1234' }) => ({
  type: 'external',
  namespace: 'phone',
  userId,
  context,
});
const sendSms = async (campaignId: string, userId = '+4520123456'): Promise<MessageView> => {
  const { body } = await herald.trigger(campaignId, { recipients: [phone(userId)] });
  return herald.finalMessage(body.executionId);
};
const inbox = async <T extends Received>(query: string): Promise<T[]> =>
  (await herald.call<{ items: T[] }>('GET', `/v1/inbox?${query}`)).body.items;

describe('SMS', () => {
  test('reaches a number that the profile has, by the real client, with what the profile and the call bring', async () => {
    herald = await startHerald();
    await herald.call('PUT', '/v1/profiles/crm/42', {
      attributes: { 'person.name.firstName': 'Zoë', 'mobilePhone.number': '+4520999888' },
    });
    const campaignId = await campaignOf('sms', {
      namespace: 'crm',
      content: { text: 'Hi {{profile.person.name.firstName}}: {{context.code}} & <b>' },
    });
    const { body } = await herald.trigger(campaignId, {
      recipients: [{ type: 'aep', namespace: 'crm', userId: '42', context: { code: 'A&B' } }],
    });
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'sent', provider: 'twilio', channel: 'sms' });
    const [received] = await inbox<ReceivedOf<'sms'>>('channel=sms');
    expect(received).toMatchObject({
      text: 'Hi Zoë: A&B & <b>',
      envelope: { from: '+15550100001', to: ['+4520999888'] },
      providerMessageId: message.providerMessageId,
    });
  });

  test('refused for good: failed with its code, and no number anywhere in the record', async () => {
    sms = await startSmsServer();
    herald = await startHerald(sms.settings);
    const campaignId = await campaignOf('sms');
    sms.answer = { status: 400, code: 21211 };
    const message = await sendSms(campaignId);
    expect(message).toMatchObject({ state: 'failed', reason: 'invalid-address', detail: '400 21211', attempts: 1 });
    expect(JSON.stringify(message)).not.toContain('20123456');
  });

  test('refused for now: tried again by the policy, and sent', async () => {
    sms = await startSmsServer();
    herald = await startHerald(sms.settings);
    const campaignId = await campaignOf('sms');
    sms.answer = { status: 429, code: 20429 };
    const { body } = await herald.trigger(campaignId, { recipients: [phone('+4520123456')] });
    await herald.finalMessage(body.executionId, ['retrying']);
    sms.answer = undefined;
    const message = await herald.finalMessage(body.executionId);
    expect(message.state).toBe('sent');
    expect(message.attempts).toBeGreaterThan(1);
  });

  test('taken and not answered: at most once is never called twice, and says that nobody knows', async () => {
    sms = await startSmsServer();
    herald = await startHerald({
      ...sms.settings,
      HERALD_PROVIDER_TIMEOUT_MS: '400',
      HERALD_LEASE_MS: '1000',
    });
    const campaignId = await campaignOf('sms', { guarantee: 'at-most-once' });
    sms.answer = 'silent';
    expect(await sendSms(campaignId)).toMatchObject({ state: 'failed', reason: 'outcome-unknown' });
    expect(sms.received).toHaveLength(1);
  });

  test('a number that asks for too many, and a block of numbers, are excluded', async () => {
    sms = await startSmsServer();
    herald = await startHerald({ ...sms.settings, HERALD_SMS_CAP: '2', HERALD_SMS_PREFIX_CAP: '4' });
    const campaignId = await campaignOf('sms');
    const reasons: (string | undefined)[] = [];
    for (const userId of [
      '+4520123401',
      '+4520123401',
      '+4520123401',
      '+4520123402',
      '+4520123403',
      '+4520123404',
      '+4530000000',
    ]) {
      reasons.push((await sendSms(campaignId, userId)).reason);
    }
    const hourEnded = reasons.filter((reason) => reason === 'recipient-cap').length === 0;
    // What the address refused was counted for its block: two, the third refused, one more, and the block is full.
    if (!hourEnded) {
      expect(reasons.slice(0, 3)).toEqual(['accepted', 'accepted', 'recipient-cap']);
      expect(reasons.slice(-2)).toEqual(['recipient-cap', 'accepted']);
    }
    expect(sms.received).toHaveLength(reasons.filter((reason) => reason === 'accepted').length);
  });

  test('a missing value excludes where the campaign says so, and names it', async () => {
    herald = await startHerald();
    const campaignId = await campaignOf('sms', { onMissing: 'exclude' });
    const { body } = await herald.trigger(campaignId, { recipients: [phone('+4520123456', {})] });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({
      state: 'excluded',
      reason: 'missing-attribute',
      detail: 'context.code',
    });
  });
});

describe('push', () => {
  const push = (pushInfo: object) => ({
    type: 'external',
    namespace: 'ecid',
    userId: unique('device'),
    channelData: { pushInfo },
    context: { code: 'A 1' },
  });

  test('reaches a device, encrypted for it, and only for as long as it is wanted', async () => {
    herald = await startHerald();
    const campaignId = await campaignOf('push', { timeToLive: 60 });
    const { body: device } = await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions');
    const { body } = await herald.trigger(campaignId, { recipients: [push(device.pushInfo)] });
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'sent', provider: 'web-push' });
    const [received] = await inbox<ReceivedOf<'push'>>('channel=push');
    expect(received).toMatchObject({
      title: 'Order A 1',
      body: 'is on its way',
      link: 'https://shop.example/?o=A%201',
    });
    expect(received?.ttl).toBeLessThanOrEqual(60);
    expect(received?.ttl).toBeGreaterThan(0);
  });

  test('reaches the newest device of a profile', async () => {
    herald = await startHerald();
    const devices = await Promise.all(
      [1, 2].map(async () => (await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions')).body),
    );
    await herald.call('PUT', '/v1/profiles/ecid/7', {
      attributes: {
        pushNotificationDetails: [...devices.map(({ pushInfo }) => pushInfo), { platform: 'apns', token: 'x' }],
      },
    });
    const campaignId = await campaignOf('push');
    const { body } = await herald.trigger(campaignId, {
      recipients: [{ type: 'aep', namespace: 'ecid', userId: '7', context: { code: '1' } }],
    });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent' });
    const [received] = await inbox<ReceivedOf<'push'>>('channel=push');
    expect(received?.envelope.to).toEqual([devices[1]?.subscription.endpoint]);
  });

  test('another platform, or what is no subscription, is refused at the door', async () => {
    herald = await startHerald();
    const campaignId = await campaignOf('push');
    const tried = async (pushInfo: object): Promise<[number, unknown]> => {
      const { status, body } = await herald.trigger(campaignId, { recipients: [push(pushInfo)] });
      return [status, body.report.additionalContext['field']];
    };
    expect(await tried({ platform: 'apns', token: 'abc' })).toEqual([
      422,
      'recipients[0].channelData.pushInfo.platform',
    ]);
    for (const token of ['abc', '{}', JSON.stringify({ endpoint: 'http://push.example/1', keys: {} })]) {
      expect(await tried({ platform: 'web', token })).toEqual([400, 'recipients[0].channelData.pushInfo.token']);
    }
  });

  test.each([
    'https://127.0.0.1:9/x',
    'https://[::1]/x',
    'https://169.254.169.254/latest',
    'https://10.0.0.1/x',
    'https://localhost/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://0x7f000001/x',
  ])('an endpoint at an address that is not public is never called: %s', async (endpoint) => {
    herald = await startHerald();
    const campaignId = await campaignOf('push');
    const { body: device } = await herald.call<InboxSubscription>('POST', '/v1/inbox/push-subscriptions');
    const token = JSON.stringify({ ...device.subscription, endpoint });
    const { status, body } = await herald.trigger(campaignId, { recipients: [push({ platform: 'web', token })] });
    if (status === 400) return;
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'failed', reason: 'endpoint-refused' });
  });
});

describe('trouble stays where it is', () => {
  test('a mail server that takes messages and answers nothing delays no SMS', async () => {
    mail = await startMailServer();
    mail.hold = new Promise(() => {});
    sms = await startSmsServer();
    herald = await startHerald({ ...sms.settings, HERALD_SMTP_URL: mail.url, HERALD_SHUTDOWN_MS: '2000' });
    const email = await herald.campaign();
    const text = await campaignOf('sms');
    const stuck = await Promise.all(Array.from({ length: 60 }, () => herald.trigger(email)));
    await herald.finalMessage(stuck[0]?.body.executionId ?? '', ['sending']);
    const messages = await Promise.all(
      Array.from({ length: 30 }, (_, n) => sendSms(text, `+45${String(20_000_000 + n * 10_000)}`)),
    );
    // Every SMS is sent while not one of the emails that came before is.
    expect(new Set(messages.map(({ state }) => state))).toEqual(new Set(['sent']));
    expect(mail.received).toEqual([]);
  });

  test('a burst of marketing delays no transactional message: it arrives before most of the burst', async () => {
    mail = await startMailServer();
    const arrivals = mail.received;
    herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SMTP_CONNECTIONS: '2' });
    const newsletter = await herald.campaign({ category: 'marketing' });
    const reset = await herald.campaign();
    const burst = 1_200;
    const recipients = () =>
      Array.from({ length: 20 }, () => ({
        type: 'external',
        namespace: 'email',
        userId: `${unique('reader')}@example.com`,
      }));
    await Promise.all(
      Array.from({ length: burst / 20 }, () => herald.trigger(newsletter, { recipients: recipients() })),
    );
    const before = arrivals.length;
    const urgent = await Promise.all(Array.from({ length: 10 }, () => herald.trigger(reset)));
    const ids = urgent.map(({ body }) => `${body.executionId}.0`);
    await until('all has arrived', () => arrivals.length === burst + ids.length, 60_000);
    const places = ids.map((id) => arrivals.indexOf(id));
    // They overtake what was accepted before them: last of a common queue would be behind the whole burst.
    expect(before).toBeLessThan(burst / 2);
    for (const place of places) expect(place).toBeLessThan(before + (burst - before) / 2);
  }, 90_000);
});
