import { afterEach, describe, expect, test } from '@jest/globals';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startMuteServer, type MuteServer } from '../support/mute-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald | undefined;
let mail: MailServer | undefined;
let faulty: MuteServer | undefined;
const startFaulty = async (): Promise<MuteServer> => (faulty = await startMuteServer());
afterEach(async () => {
  await herald?.dispose();
  await mail?.close();
  faulty?.close();
  herald = mail = faulty = undefined;
});

const PATIENT = { HERALD_RETRY_MS: Array.from({ length: 30 }, () => 50).join(',') };

describe('a mail server that is', () => {
  test('down: the message waits on the ladder and is sent when it is back', async () => {
    const before = await startMailServer();
    const { url } = before;
    await before.close();
    herald = await startHerald({ HERALD_SMTP_URL: url, ...PATIENT });
    const campaignId = await herald.campaign();
    const { body } = await herald.trigger(campaignId);
    expect(await herald.finalMessage(body.executionId, ['retrying'])).toMatchObject({ state: 'retrying' });
    mail = await startMailServer({ port: Number(new URL(url).port) });
    const message = await herald.finalMessage(body.executionId);
    expect(message.state).toBe('sent');
    expect(message.attempts).toBeGreaterThan(1);
    expect(mail.received).toEqual([message.messageId]);
  });

  test('down for longer than the policy allows: dead, exhausted, and listed among the dead letters', async () => {
    herald = await startHerald({ HERALD_SMTP_URL: 'smtp://127.0.0.1:1' });
    const campaignId = await herald.campaign();
    const { body } = await herald.trigger(campaignId);
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'dead', reason: 'exhausted', attempts: 4 });
    const letter = await until('the dead letter is listed', async () => {
      const { body: page } = await herald!.call<{ items: { messageId: string }[] }>('GET', '/v1/dead-letters');
      return page.items.find(({ messageId }) => messageId === message.messageId);
    });
    expect(letter).toMatchObject({ reason: 'exhausted', stage: 'sender-email', attempts: 4 });
  });

  test('down until the deadline: expired, and not a moment later', async () => {
    herald = await startHerald({ HERALD_SMTP_URL: 'smtp://127.0.0.1:1', ...PATIENT });
    const campaignId = await herald.campaign({ timeToLive: 1 });
    const { body } = await herald.trigger(campaignId);
    const message = await herald.finalMessage(body.executionId);
    expect(message).toMatchObject({ state: 'expired', reason: 'deadline' });
  });

  test('busy (451): retried; refusing for good (550): failed, at the first attempt', async () => {
    mail = await startMailServer();
    herald = await startHerald({ HERALD_SMTP_URL: mail.url, ...PATIENT });
    const campaignId = await herald.campaign();
    mail.refuseWith = { code: 451, text: '4.7.1 come back later' };
    const first = await herald.trigger(campaignId);
    await herald.finalMessage(first.body.executionId, ['retrying']);
    mail.refuseWith = undefined;
    expect(await herald.finalMessage(first.body.executionId)).toMatchObject({ state: 'sent' });
    mail.refuseWith = { code: 550, text: '5.1.1 no such user ada@example.com' };
    const second = await herald.trigger(campaignId);
    const message = await herald.finalMessage(second.body.executionId);
    expect(message).toMatchObject({ state: 'failed', attempts: 1 });
    expect(JSON.stringify(message)).not.toContain('ada@example.com');
  });

  test('slow: other messages are not held up by it', async () => {
    mail = await startMailServer();
    let release = (): void => {};
    mail.hold = new Promise((resolve) => (release = resolve));
    herald = await startHerald({ HERALD_SMTP_URL: mail.url });
    const campaignId = await herald.campaign();
    const { body } = await herald.trigger(campaignId);
    await herald.finalMessage(body.executionId, ['sending']);
    expect(mail.received).toEqual([]);
    release();
    expect((await herald.finalMessage(body.executionId)).state).toBe('sent');
  });
});

describe('a server that takes the message and says nothing', () => {
  test('at-most-once: failed, outcome unknown, called once', async () => {
    const server = await startFaulty();
    herald = await startHerald({ HERALD_SMTP_URL: server.url });
    const campaignId = await herald.campaign({ guarantee: 'at-most-once' });
    const { body } = await herald.trigger(campaignId);
    expect(await herald.finalMessage(body.executionId)).toMatchObject({
      state: 'failed',
      reason: 'outcome-unknown',
      attempts: 1,
    });
    expect(server.taken()).toBe(1);
  });

  test('at-least-once: called again, and the time line says why', async () => {
    const server = await startFaulty();
    herald = await startHerald({ HERALD_SMTP_URL: server.url });
    const campaignId = await herald.campaign();
    const { body } = await herald.trigger(campaignId);
    const message = await herald.finalMessage(body.executionId);
    expect(message.state).toBe('dead');
    expect(server.taken()).toBe(4);
    expect(message.timeline.filter(({ reason }) => reason === 'outcome-unknown')).not.toHaveLength(0);
  });
});

test('behind a server that begins to hang only what it was called for is unknown: the rest is given back, and sent', async () => {
  const mail = await startMailServer();
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SMTP_CONNECTIONS: '2', ...PATIENT });
  const campaignId = await herald.campaign({ guarantee: 'at-most-once' });
  const send = async () => (await herald!.trigger(campaignId)).body.executionId;
  // It is known as a fast one by then: claims are made ahead of its calls.
  for (let count = 0; count < 5; count += 1) expect((await herald.finalMessage(await send())).state).toBe('sent');
  const hanging = Promise.withResolvers<void>();
  mail.hold = hanging.promise;
  const ids = await Promise.all(Array.from({ length: 8 }, send));
  const stateOf = async (id: string) =>
    (await herald!.call<{ items: { state: string }[] }>('GET', `/v1/messages?executionId=${id}`)).body.items[0]?.state;
  await until('the calls have timed out', async () => (await Promise.all(ids.map(stateOf))).includes('failed'));
  mail.hold = undefined;
  hanging.resolve();
  const messages = await Promise.all(ids.map((id) => herald!.finalMessage(id)));
  const unknown = messages.filter(({ reason }) => reason === 'outcome-unknown');
  expect(unknown.length).toBeGreaterThan(0);
  expect(unknown.length).toBeLessThanOrEqual(4);
  expect(messages.filter(({ state }) => state === 'sent')).toHaveLength(8 - unknown.length);
  await mail.close();
});
