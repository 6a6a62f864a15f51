import { afterEach, expect, test } from '@jest/globals';
import type { MessageView } from '@herald/contracts';
import { recipient } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { mostAllowed, mostWithin, providersFile } from '../support/providers.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
let mail: MailServer;
afterEach(async () => {
  await herald.dispose();
  await mail.close();
});

/** A call takes 20 recipients. */
async function trigger(campaignId: string, count: number): Promise<string[]> {
  const executionIds: string[] = [];
  for (let left = count; left > 0; left -= 20) {
    const recipients = Array.from({ length: Math.min(20, left) }, () => recipient());
    const { status, body } = await herald.trigger(campaignId, { recipients });
    expect(status).toBe(202);
    executionIds.push(body.executionId);
  }
  return executionIds;
}
async function allSent(executionIds: readonly string[], deadlineMs = 30_000): Promise<MessageView[]> {
  return until(
    'all are sent',
    async () => {
      const found = await Promise.all(
        executionIds.map((id) => herald.call<{ messages: MessageView[] }>('GET', `/v1/executions/${id}`)),
      );
      const messages = found.flatMap(({ body }) => body.messages);
      return messages.every(({ state }) => state === 'sent') ? messages : undefined;
    },
    deadlineMs,
  );
}

test('a provider of 14 messages a second gets no more, waits for none, and fails none', async () => {
  mail = await startMailServer();
  const providers = providersFile([{ name: 'ses', kind: 'smtp', url: mail.url, rate: 14 }]);
  herald = await startHerald({ HERALD_PROVIDERS: providers });
  const campaignId = await herald.campaign({}, { providers: ['ses'] });
  const messages = await allSent(await trigger(campaignId, 80));
  expect(messages.map(({ attempts }) => attempts)).toEqual(messages.map(() => 1));
  expect(mail.received.toSorted()).toEqual(messages.map(({ messageId }) => messageId).toSorted());
  expect(mostWithin(mail.arrivedAt, 2_000)).toBeLessThanOrEqual(mostAllowed(14, 2));
  expect(await herald.metrics()).toMatch(
    /herald_provider_rate_slots_total\{provider="ses",lane="transactional"\} \d\d/,
  );
}, 60_000);

test('what waits beyond the queue is held, and sent all the same', async () => {
  mail = await startMailServer();
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SMTP_RATE: '40', HERALD_MAX_IN_FLIGHT: '20' });
  const messages = await allSent(await trigger(await herald.campaign(), 100));
  expect(messages.map(({ attempts }) => attempts)).toEqual(messages.map(() => 1));
  expect(mail.received.toSorted()).toEqual(messages.map(({ messageId }) => messageId).toSorted());
}, 60_000);

test('a process that ends does not wait for the rate: the rest is sent by the next one', async () => {
  mail = await startMailServer();
  const env = { HERALD_SMTP_URL: mail.url, HERALD_SMTP_RATE: '5', HERALD_SHUTDOWN_MS: '20000' };
  herald = await startHerald(env);
  const executionIds = await trigger(await herald.campaign(), 60);
  await until('some arrived', () => mail.received.length >= 3 || undefined);
  herald = await herald.restart({ ...env, HERALD_SMTP_RATE: '100' });
  // At five in a second the rest would have taken longer than the process had.
  const before = mail.received.length;
  expect(before).toBeLessThan(60);
  const messages = await allSent(executionIds);
  expect(mail.received.toSorted()).toEqual(messages.map(({ messageId }) => messageId).toSorted());
}, 60_000);

test('a provider of three connections has no more, over both lanes', async () => {
  mail = await startMailServer();
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SMTP_MAX_CONNECTIONS: '3' });
  const campaigns = [await herald.campaign(), await herald.campaign({ category: 'marketing' })];
  const executionIds = (await Promise.all(campaigns.map((campaignId) => trigger(campaignId, 60)))).flat();
  await allSent(executionIds);
  expect(mail.received).toHaveLength(120);
  expect(mail.connections.most).toBeLessThanOrEqual(3);
}, 60_000);
