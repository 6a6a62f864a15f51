import { isDeepStrictEqual } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import type { CancellationView, ExecutionView } from '@herald/contracts';
import { recipient } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startMuteServer } from '../support/mute-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let mail: MailServer;
afterEach(async () => {
  await herald.dispose();
  await mail.close();
});

const CONNECTIONS = 2;
const MESSAGES = 12;
/** Nothing is tried again while a test lasts. */
const LONG_WAIT = { HERALD_LADDER_MS: '60000', HERALD_RETRY_MS: '60000' };

const statesAre = (executionId: string, states: ExecutionView['states']): Promise<true> =>
  until(`states are ${JSON.stringify(states)}`, async () => {
    const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
    return isDeepStrictEqual(body.states, states) || undefined;
  });

async function cancel(executionId: string): Promise<CancellationView> {
  const { status, body } = await herald.call<CancellationView>('DELETE', `/v1/executions/${executionId}`);
  expect(status).toBe(200);
  return body;
}

test('what waits is stopped, what is being sent is sent, and the answer says which', async () => {
  mail = await startMailServer();
  let release = (): void => {};
  mail.hold = new Promise((resolve) => (release = resolve));
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SMTP_CONNECTIONS: String(CONNECTIONS) });
  const campaignId = await herald.campaign();
  const { body } = await herald.trigger(campaignId, {
    recipients: Array.from({ length: MESSAGES }, () => recipient()),
  });
  const { executionId } = body;
  await statesAre(executionId, { sending: CONNECTIONS, accepted: MESSAGES - CONNECTIONS });
  const { messages } = await cancel(executionId);
  expect(messages.filter(({ stopped }) => stopped)).toHaveLength(MESSAGES - CONNECTIONS);
  expect(messages.filter(({ stopped }) => !stopped).map(({ state }) => state)).toEqual(['sending', 'sending']);
  for (const { stopped, state, reason } of messages) {
    if (stopped) expect([state, reason]).toEqual(['excluded', 'cancelled']);
  }
  mail.hold = undefined;
  release();
  await statesAre(executionId, { sent: CONNECTIONS, excluded: MESSAGES - CONNECTIONS });
  // Again: the same messages are stopped, and those that were sent are known to be.
  const again = await cancel(executionId);
  expect(again.messages.map(({ stopped }) => stopped)).toEqual(messages.map(({ stopped }) => stopped));
  // The workers met every message by now: nothing of what was stopped has arrived.
  const other = await herald.trigger(campaignId);
  await herald.finalMessage(other.body.executionId);
  expect(mail.received).toHaveLength(CONNECTIONS + 1);
});

test('what a provider may have taken is not said to be unsent', async () => {
  mail = await startMailServer();
  const mute = await startMuteServer();
  herald = await startHerald({ HERALD_SMTP_URL: mute.url, ...LONG_WAIT });
  const { body } = await herald.trigger(await herald.campaign());
  const waiting = await herald.finalMessage(body.executionId, ['retrying']);
  expect(waiting.timeline.at(-1)).toMatchObject({ step: 'retry', reason: 'outcome-unknown' });
  const { messages } = await cancel(body.executionId);
  expect(messages).toMatchObject([{ stopped: false, state: 'failed', reason: 'outcome-unknown' }]);
  mute.close();
});

test('a message that waits for its next attempt is stopped', async () => {
  mail = await startMailServer();
  mail.refuseWith = { code: 451, text: '4.3.0 later' };
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, ...LONG_WAIT });
  const campaignId = await herald.campaign();
  const { body } = await herald.trigger(campaignId);
  await herald.finalMessage(body.executionId, ['retrying']);
  expect((await cancel(body.executionId)).messages).toMatchObject([{ stopped: true, reason: 'cancelled' }]);
  mail.refuseWith = undefined;
  const other = await herald.trigger(campaignId);
  await herald.finalMessage(other.body.executionId);
  expect(mail.received).toEqual([`${other.body.executionId}.0`]);
});

test('a message that was being sent is not tried again after a failure', async () => {
  mail = await startMailServer();
  let release = (): void => {};
  mail.hold = new Promise((resolve) => (release = resolve));
  mail.answerData = { code: 451, text: '4.3.0 later' };
  herald = await startHerald({ HERALD_SMTP_URL: mail.url });
  const campaignId = await herald.campaign();
  const { body } = await herald.trigger(campaignId);
  await herald.finalMessage(body.executionId, ['sending']);
  expect((await cancel(body.executionId)).messages).toMatchObject([{ stopped: false, state: 'sending' }]);
  release();
  const message = await herald.finalMessage(body.executionId);
  expect(message).toMatchObject({ state: 'excluded', reason: 'cancelled', attempts: 1 });
  expect(message.timeline.map(({ step }) => step)).toContain('retry');
});

test('one that does not exist is not found', async () => {
  mail = await startMailServer();
  herald = await startHerald({ HERALD_SMTP_URL: mail.url });
  expect((await herald.call('DELETE', '/v1/executions/HUMA-none')).status).toBe(404);
});
