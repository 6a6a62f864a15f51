import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionView, MessageView } from '@herald/contracts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { recipient } from '../support/client.ts';

let herald: Herald;
let mail: MailServer;
beforeEach(async () => {
  mail = await startMailServer();
});
afterEach(async () => {
  await herald.dispose();
  await mail.close();
});

const to = (userId: string) => ({ ...recipient(), userId });

describe('search by recipient', () => {
  test('finds the messages of one person in any spelling, and nobody else', async () => {
    herald = await startHerald({ HERALD_SMTP_URL: mail.url });
    const campaignId = await herald.campaign();
    const alone = await herald.trigger(campaignId, { recipients: [to('Ada@Example.com')] });
    const shared = await herald.trigger(campaignId, { recipients: [to('bob@example.com'), to('ada@example.com')] });
    await herald.trigger(campaignId, { recipients: [to('eve@example.com')] });
    const find = async <T>(path: string): Promise<T[]> => {
      const { status, body } = await herald.call<{ items: T[] }>('GET', path);
      expect(status).toBe(200);
      return body.items;
    };
    const messages = await find<MessageView>('/v1/messages?userId=ADA%40example.com');
    expect(messages.map(({ messageId }) => messageId)).toEqual([
      `${shared.body.executionId}.1`,
      `${alone.body.executionId}.0`,
    ]);
    const executions = await find<ExecutionView>('/v1/executions?userId=ada%40example.com&namespace=Email');
    expect(executions.map(({ executionId }) => executionId)).toEqual([shared.body.executionId, alone.body.executionId]);
    const ofOne = await find<MessageView>(
      `/v1/messages?userId=ada%40example.com&executionId=${shared.body.executionId}`,
    );
    expect(ofOne.map(({ recipientIndex }) => recipientIndex)).toEqual([1]);
    expect(await find('/v1/messages?userId=ada%40example.com&namespace=crm')).toEqual([]);
    expect(await find('/v1/messages?userId=nobody%40example.com')).toEqual([]);
  });
});

describe('caps', () => {
  test('an address gets so many in an hour; what is more is excluded, and others are not concerned', async () => {
    herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_EMAIL_CAP: '3' });
    const campaignId = await herald.campaign();
    const sendFive = async (name: string): Promise<string[]> => {
      const states: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const recipients = [to(n % 2 ? `${name}@example.com` : `${name.toUpperCase()}@EXAMPLE.com`)];
        const { body } = await herald.trigger(campaignId, { recipients });
        const { state, reason } = await herald.finalMessage(body.executionId);
        states.push(`${state} ${reason}`);
      }
      return states;
    };
    const hour = (): number => Math.floor(Date.now() / 3_600_000);
    const before = hour();
    let states = await sendFive('ada');
    // The hour was over in the middle: there is most of one left now.
    if (hour() !== before) states = await sendFive('grace');
    const capped = 'excluded recipient-cap';
    expect(states).toEqual(['sent accepted', 'sent accepted', 'sent accepted', capped, capped]);
    const received = mail.received.length;
    const { body } = await herald.trigger(campaignId, { recipients: [to('bob@example.com')] });
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent' });
    expect(mail.received).toHaveLength(received + 1);
  });

  test('a retry is not counted again', async () => {
    herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_EMAIL_CAP: '1' });
    const campaignId = await herald.campaign();
    mail.refuseWith = { code: 451, text: '4.3.0 later' };
    const { body } = await herald.trigger(campaignId, { recipients: [to('ada@example.com')] });
    await herald.finalMessage(body.executionId, ['retrying']);
    mail.refuseWith = undefined;
    expect(await herald.finalMessage(body.executionId)).toMatchObject({ state: 'sent', attempts: expect.any(Number) });
  });
});
