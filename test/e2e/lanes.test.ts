import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { ExecutionView } from '@herald/contracts';
import { device, phone, recipient, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startHerald, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

/** Trouble stays where it is. What is shown is an order, never a speed: a slow machine changes nothing about it. */

let herald: Herald | undefined;
let mail: MailServer | undefined;
let dead: { readonly server: Server; readonly sockets: Set<Socket> } | undefined;
afterEach(async () => {
  // First what holds messages up, so that nothing waits for it.
  for (const socket of dead?.sockets ?? []) socket.destroy();
  dead?.server.close();
  await herald?.dispose();
  await mail?.close();
  herald = mail = dead = undefined;
});

/** No call is given up during a test. */
const PATIENT = { HERALD_PROVIDER_TIMEOUT_MS: '120000', HERALD_LEASE_MS: '150000', HERALD_SHUTDOWN_MS: '5000' };

/** Takes connections and never says a word. */
async function startDeadServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  dead = { server, sockets };
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const statesOf = async (client: Client, executionIds: readonly string[]): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {};
  for (const id of executionIds) {
    const { states } = (await client.call<ExecutionView>('GET', `/v1/executions/${id}`)).body;
    for (const [state, count] of Object.entries(states)) counts[state] = (counts[state] ?? 0) + count;
  }
  return counts;
};

/** Calls of 20 recipients each. Returns their executions. */
async function triggerMany(client: Client, campaignId: string, calls: number, one: () => object): Promise<string[]> {
  const executionIds: string[] = [];
  for (let call = 0; call < calls; call += 1) {
    const { status, body } = await client.trigger(campaignId, { recipients: Array.from({ length: 20 }, one) });
    expect(status).toBe(202);
    executionIds.push(body.executionId);
  }
  return executionIds;
}

test('a mail server that takes connections and never answers delays no SMS and no push', async () => {
  // More emails than connections, and than messages that a consumer has in hand.
  const limits = { HERALD_SMTP_CONNECTIONS: '4', HERALD_MAX_IN_FLIGHT: '50' };
  herald = await startHerald({ HERALD_SMTP_URL: await startDeadServer(), ...limits, ...PATIENT });
  const [email, sms, push] = [
    await herald.campaign(),
    await herald.campaign({ channel: 'sms' }),
    await herald.campaign({ channel: 'push' }),
  ];
  const emails = await triggerMany(herald, email, 10, () => recipient());
  await until('the mail server has every connection', () => (dead?.sockets.size === 4 ? true : undefined));

  const { body } = await herald.call<{ pushInfo: object }>('POST', '/v1/inbox/push-subscriptions');
  const others = [
    ...(await triggerMany(herald, sms, 5, () => phone())),
    ...(await triggerMany(herald, push, 5, () => device(body.pushInfo))),
  ];
  const client = herald;
  await until('200 SMS and pushes are sent', async () => (await statesOf(client, others))['sent'] === 200 || undefined);
  // Not one of the emails that were first has come to an end meanwhile.
  const { accepted = 0, sending = 0, ...rest } = await statesOf(herald, emails);
  expect(rest).toEqual({});
  expect(accepted + sending).toBe(200);
  expect(dead?.sockets.size).toBe(4);
}, 120_000);

test('thousands of marketing emails that wait delay no transactional one, and all of them arrive', async () => {
  mail = await startMailServer();
  herald = await startHerald({ HERALD_SMTP_URL: mail.url, HERALD_SMTP_CONNECTIONS: '4', ...PATIENT });
  const news = 'news@herald.example';
  const [marketing, transactional] = [
    await herald.campaign({ category: 'marketing' }, { sender: { name: 'News', address: news } }),
    await herald.campaign(),
  ];
  let release = (): void => {};
  mail.hold = new Promise((resolve) => (release = resolve));
  mail.holdFrom = news;

  const burst = await triggerMany(herald, marketing, 150, () => recipient());
  const urgent = await triggerMany(herald, transactional, 2, () => recipient());
  const server = mail;
  await until('the 40 urgent ones have arrived', () => server.received.length >= 40 || undefined, 60_000);
  release();
  await until('everything has arrived', () => server.received.length >= 3_040 || undefined, 90_000);

  // By the order in which the mail server took them: those that were sent last came first, though they waited for none.
  const messagesOf = (executions: readonly string[]): string[] =>
    executions.flatMap((id) => Array.from({ length: 20 }, (_, index) => `${id}.${index}`));
  expect(mail.received.slice(0, 40).toSorted()).toEqual(messagesOf(urgent).toSorted());
  expect(mail.received.slice(40).toSorted()).toEqual(messagesOf(burst).toSorted());
}, 240_000);
