import { afterEach, expect, test } from '@jest/globals';
import { phone, recipient, unique } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

/** Trouble stays where it is: too much work of one lane and channel refuses calls for that one alone. */

let herald: Herald;
let mail: MailServer | undefined;
let twilio: ProviderServer | undefined;
afterEach(async () => {
  await herald.dispose();
  await mail?.close();
  await twilio?.close();
  mail = twilio = undefined;
});

const LIMIT = { HERALD_MAX_LAG: '30' };
const many = (one: () => object): object[] => Array.from({ length: 20 }, one);
const refused = (campaignId: string, one: () => object) =>
  until('calls are refused', async () => {
    const answer = await herald.trigger(campaignId, { recipients: [one()] });
    return answer.status === 503 ? answer : undefined;
  });
const accepted = (campaignId: string, one: () => object) =>
  until('calls are accepted', async () => {
    const { status } = await herald.trigger(campaignId, { recipients: [one()] });
    return status === 202 || undefined;
  });

test('SMS that climb the ladder refuse further SMS, singly and in bulk, and no email; it ends when they are sent', async () => {
  twilio = await startProviderServer();
  twilio.answer = () => ({ status: 503, body: '{}' });
  herald = await startHerald({
    ...LIMIT,
    HERALD_TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
    HERALD_TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    HERALD_TWILIO_API_URL: twilio.url,
  });
  const sms = await herald.campaign({ channel: 'sms', retryMs: Array.from({ length: 20 }, () => 1_000) });
  const news = await herald.campaign({ channel: 'sms', category: 'marketing' });
  const email = await herald.campaign();
  for (let call = 0; call < 3; call += 1) {
    expect((await herald.trigger(sms, { recipients: many(() => phone()) })).status).toBe(202);
  }
  const { headers, body } = await refused(sms, () => phone());
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(body).toMatchObject({ title: 'Too much work is waiting', report: { additionalContext: { campaignId: sms } } });
  expect(body.detail).toContain('transactional sms');

  // Neither another channel of the lane, nor another lane of the channel.
  expect((await herald.trigger(email)).status).toBe(202);
  const call = (campaignId: string, one: object) => ({ requestId: unique('r'), campaignId, recipients: [one] });
  const bulk = await herald.call<{ items: { status: number }[] }>('POST', '/v1/executions', [
    call(email, recipient()),
    call(sms, phone()),
    call(email, recipient()),
  ]);
  expect(bulk.status).toBe(200);
  expect(bulk.body.items.map(({ status }) => status)).toEqual([202, 503, 202]);
  const onlySms = await herald.call('POST', '/v1/executions', [call(sms, phone()), call(sms, phone())]);
  expect(onlySms.status).toBe(503);
  expect(Number(onlySms.headers.get('retry-after'))).toBeGreaterThan(1);

  const sent = { status: 201, body: JSON.stringify({ sid: `SM${'0a'.repeat(16)}`, status: 'queued' }) };
  twilio.answer = () => sent;
  expect((await herald.trigger(news, { recipients: [phone()] })).status).toBe(202);
  await accepted(sms, () => phone());
}, 60_000);

test('emails behind a mail server that hangs refuse further emails, and no SMS', async () => {
  mail = await startMailServer();
  let release = (): void => {};
  mail.hold = new Promise((resolve) => (release = resolve));
  herald = await startHerald({
    ...LIMIT,
    HERALD_SMTP_URL: mail.url,
    HERALD_PROVIDER_TIMEOUT_MS: '60000',
    HERALD_LEASE_MS: '70000',
  });
  const email = await herald.campaign();
  const sms = await herald.campaign({ channel: 'sms' });
  for (let call = 0; call < 3; call += 1) {
    expect((await herald.trigger(email, { recipients: many(() => recipient()) })).status).toBe(202);
  }
  await refused(email, () => recipient());
  expect((await herald.trigger(sms, { recipients: [phone()] })).status).toBe(202);
  mail.hold = undefined;
  release();
  await accepted(email, () => recipient());
}, 60_000);
