import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import type { ExecutionView } from '@herald/contracts';
import { recipient } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { hasPorts, startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let mail: MailServer;
afterEach(async () => {
  await herald.dispose();
  await mail.close();
});

const CONNECTIONS = 2;
const MESSAGES = 20;

/** Messages that wait behind a mail server that answers nothing: some are claimed, most are not. */
async function withWaiting(): Promise<{ campaignId: string; executionId: string; release: () => void }> {
  mail = await startMailServer();
  let release = (): void => {};
  mail.hold = new Promise((resolve) => (release = resolve));
  herald = await startHerald({
    HERALD_SMTP_URL: mail.url,
    HERALD_SMTP_CONNECTIONS: String(CONNECTIONS),
    // Nobody gives up waiting for the server while the campaign is changed.
    HERALD_PROVIDER_TIMEOUT_MS: '20000',
    HERALD_LEASE_MS: '30000',
  });
  const campaignId = await herald.campaign();
  const { body } = await herald.trigger(campaignId, {
    recipients: Array.from({ length: MESSAGES }, () => recipient()),
  });
  await statesAre(body.executionId, { sending: CONNECTIONS, accepted: MESSAGES - CONNECTIONS });
  return { campaignId, executionId: body.executionId, release };
}

/**
 * The process that was told of a change acts on it at once, others within a second. Nothing shows when one has seen it,
 * and a machine that runs several suites may take longer: that is not what is tested here.
 */
const everywhere = (): Promise<void> => (hasPorts() ? Promise.resolve() : delay(3_000));

const statesAre = (executionId: string, states: ExecutionView['states']): Promise<true> =>
  until(`states are ${JSON.stringify(states)}`, async () => {
    const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
    return isDeepStrictEqual(body.states, states) || undefined;
  });

test('pause holds what is not yet claimed; resume sends it', async () => {
  const { campaignId, executionId, release } = await withWaiting();
  expect((await herald.call('POST', `/v1/campaigns/${campaignId}/pause`)).status).toBe(200);
  await everywhere();
  expect((await herald.trigger(campaignId)).status).toBe(409);
  mail.hold = undefined;
  release();
  await statesAre(executionId, { sent: CONNECTIONS, accepted: MESSAGES - CONNECTIONS });
  expect((await herald.call('POST', `/v1/campaigns/${campaignId}/resume`)).status).toBe(200);
  await statesAre(executionId, { sent: MESSAGES });
  expect(new Set(mail.received).size).toBe(MESSAGES);
  expect(mail.received).toHaveLength(MESSAGES);
});

test('stop ends what is not yet claimed as excluded', async () => {
  const { campaignId, executionId, release } = await withWaiting();
  await herald.call('POST', `/v1/campaigns/${campaignId}/stop`);
  await everywhere();
  mail.hold = undefined;
  release();
  await statesAre(executionId, { sent: CONNECTIONS, excluded: MESSAGES - CONNECTIONS });
  expect(mail.received).toHaveLength(CONNECTIONS);
  const { body } = await herald.call<ExecutionView>('GET', `/v1/executions/${executionId}`);
  expect(body.messages.find(({ state }) => state === 'excluded')).toMatchObject({ reason: 'campaign-stopped' });
});

test('an edited campaign sends its old content until it is activated again, and each message keeps its version', async () => {
  mail = await startMailServer();
  herald = await startHerald();
  const campaignId = await herald.campaign();
  const path = `/v1/campaigns/${campaignId}`;
  const subjectOf = async (): Promise<[string, number]> => {
    const { body } = await herald.trigger(campaignId);
    const message = await herald.finalMessage(body.executionId);
    const received = await until('mail', async () =>
      (await herald.inbox()).find(({ messageId }) => messageId.startsWith(message.messageId)),
    );
    return [received.subject, message.campaignVersion];
  };
  expect(await subjectOf()).toEqual(['Reset your password, Ada', 1]);
  const { headers } = await herald.call('GET', path);
  const edited = await herald.call(
    'PATCH',
    path,
    { content: { subject: 'New', html: '<p>x</p>' } },
    { 'if-match': headers.get('etag') ?? '' },
  );
  expect(edited.status).toBe(200);
  expect(await subjectOf()).toEqual(['Reset your password, Ada', 1]);
  await herald.call('POST', `${path}/activate`);
  await everywhere();
  expect(await subjectOf()).toEqual(['New', 2]);
});
