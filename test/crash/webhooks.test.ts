import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageView, WebhookDelivery } from '@herald/contracts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, recipient, type Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

const LIVES = 4;
const CALLS = 6;
const RECIPIENTS = 20;

let data: string;
let receiver: Receiver;
let child: ChildProcess | undefined;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'herald-crash-webhooks-'));
  receiver = await startReceiver();
});
afterAll(async () => {
  if (child !== undefined) await killed(child);
  await receiver.close();
  rmSync(data, { recursive: true, force: true });
});

/** Its channel may break off as it dies: whoever does not wait hears of that in the next suite. */
async function killed(one: ChildProcess): Promise<void> {
  const dead = once(one, 'close');
  one.kill('SIGKILL');
  await dead;
}

async function live(): Promise<Client> {
  const started = fork(new URL('./herald.ts', import.meta.url).pathname, [], {
    execPath: process.execPath,
    execArgv: [],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      HERALD_PORT: '0',
      HERALD_DATA: join(data, 'herald'),
      HERALD_ADMIN_KEY: 'crash-test-admin-key',
      HERALD_LOG_LEVEL: 'silent',
      HERALD_LADDER_MS: '100,500,1000',
      HERALD_RETRY_MS: '100,500,1000,1000',
      HERALD_PROVIDER_TIMEOUT_MS: '1000',
      HERALD_LEASE_MS: '1500',
      HERALD_ALLOWED_PRIVATE_HOSTS: '127.0.0.1',
      HERALD_WEBHOOK_RETRY_MS: '100,100,500,500,500,500,500,500,500',
      HERALD_WEBHOOK_TIMEOUT_MS: '1000',
    },
  });
  child = started;
  const [{ url, adminKey }] = (await once(started, 'message')) as [{ url: string; adminKey: string }];
  return createClient(url, adminKey);
}

test('of a process that is killed again and again, no message stays untold', async () => {
  let client = await live();
  const { body: made } = await client.call<{ id: string }>('POST', '/v1/webhooks', { url: `${receiver.url}/hook` });
  const campaignId = await client.campaign();
  // Every third is refused, so that some of what is killed waits for its second attempt.
  receiver.answers.set('/hook', (_, nth) => ({ status: nth % 3 === 0 ? 500 : 200 }));
  for (let life = 0; life < LIVES; life += 1) {
    const recipients = Array.from({ length: RECIPIENTS }, () => recipient());
    await Promise.all(Array.from({ length: CALLS }, () => client.trigger(campaignId, { recipients })));
    const before = receiver.got.length;
    await until('some deliveries of this life came', () => receiver.got.length > before + 10 || undefined);
    await killed(child as ChildProcess);
    client = await live();
  }
  const ids = await until(
    'every message is final',
    async () => {
      const messages = await all<MessageView>(client, '/v1/messages?');
      const final = messages.filter(({ state }) => state === 'sent').map(({ messageId }) => messageId);
      return final.length === LIVES * CALLS * RECIPIENTS ? final : undefined;
    },
    60_000,
  );
  const told = (): Set<unknown> =>
    new Set(receiver.got.map(({ body }) => (JSON.parse(body) as WebhookDelivery['event']).data.messageId));
  await until('every one is told', () => (ids.every((id) => told().has(id)) ? true : undefined), 60_000);
  const deliveries = await until(
    'every delivery is over',
    async () => {
      const found = await all<WebhookDelivery>(client, `/v1/webhooks/${made.id}/deliveries?`);
      return found.every(({ state }) => state === 'delivered') && found.length === ids.length ? found : undefined;
    },
    60_000,
  );
  // One event is one delivery, however often it was read from the log.
  expect(new Set(deliveries.map(({ event }) => event.data.messageId))).toEqual(new Set(ids));
  expect(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size).toBe(ids.length);
}, 240_000);

async function all<T>(client: Client, path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor = '';
  for (;;) {
    const { body } = await client.call<{ items: T[]; next?: string }>('GET', `${path}limit=100${cursor}`);
    items.push(...body.items);
    if (body.next === undefined) return items;
    cursor = `&cursor=${encodeURIComponent(body.next)}`;
  }
}
