import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ExecutionView, MessageView } from '@herald/contracts';
import { createClient, FINAL, unique, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { until } from '../support/until.ts';
import { CRASH_POINTS, type CrashPoint } from './points.ts';

const CAMPAIGNS = 3;
const CALLERS = 96;
const IN_FLIGHT = 50;
/** Enough for every crash to find its messages in flight, few enough to be over soon. */
const MAX_CALLS_PER_LIFE = 1_500;

let data: string;
let mail: MailServer;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'herald-crash-'));
  mail = await startMailServer();
});
afterAll(async () => {
  await mail.close();
  rmSync(data, { recursive: true, force: true });
});

interface Life {
  readonly child: ChildProcess;
  readonly client: Client;
  readonly died: Promise<unknown>;
}

async function live(point: CrashPoint | undefined): Promise<Life> {
  const child = fork(new URL('./herald.ts', import.meta.url).pathname, [], {
    execPath: process.execPath,
    execArgv: [],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      HERALD_PORT: '0',
      HERALD_DATA: join(data, 'herald'),
      HERALD_ADMIN_KEY: 'crash-test-admin-key',
      HERALD_SMTP_URL: mail.url,
      HERALD_SMTP_CONNECTIONS: '4',
      HERALD_LOG_LEVEL: 'silent',
      HERALD_LADDER_MS: '100,500,1000',
      HERALD_RETRY_MS: '100,500,1000,1000',
      HERALD_PROVIDER_TIMEOUT_MS: '1000',
      HERALD_LEASE_MS: '1500',
      CRASH_IN_FLIGHT: String(IN_FLIGHT),
      CRASH_NOTE: noteOf(point),
      ...(point === undefined ? {} : { CRASH_POINT: point }),
    },
  });
  const died = once(child, 'exit');
  const started = (await Promise.race([once(child, 'message'), died.then(() => [])])) as {
    url: string;
    adminKey: string;
  }[];
  if (started[0] === undefined) throw new Error(`herald did not start after ${point}`);
  return { child, client: createClient(started[0].url, started[0].adminKey), died };
}

const noteOf = (point: CrashPoint | undefined): string => join(data, `${point ?? 'last'}.json`);

/** What the callers were told: requestId to executionId. A call that got no answer is made again, until it has one. */
const answers = new Map<string, string>();
const unanswered = new Map<string, { campaignId: string; recipients: object[] }>();

async function call(client: Client, requestId: string): Promise<void> {
  const request = unanswered.get(requestId);
  if (request === undefined) return;
  const { status, body } = await client.trigger(request.campaignId, { requestId, recipients: request.recipients });
  if (status === 503) return;
  expect(status).toBe(202);
  const before = answers.get(requestId);
  if (before !== undefined) expect(body.executionId).toBe(before);
  answers.set(requestId, body.executionId);
  unanswered.delete(requestId);
}

/** Many callers at once, first with what is still unanswered, until the process dies or enough was sent. */
async function load({ client, died }: Life, campaigns: readonly string[], calls: number): Promise<void> {
  let over = false;
  void died.then(() => (over = true));
  const old = [...unanswered.keys()];
  let made = 0;
  const caller = async (): Promise<void> => {
    while (!over) {
      let requestId = old.pop();
      if (requestId === undefined) {
        if ((made += 1) > calls) return;
        requestId = unique('call');
        const campaignId = campaigns[made % campaigns.length] as string;
        const type = made % 2 === 0 ? 'aep' : 'external';
        unanswered.set(requestId, {
          campaignId,
          recipients: [{ type, namespace: 'email', userId: `${requestId}@example.com`, context: { name: requestId } }],
        });
      }
      // The connection breaks when the process dies: the caller does not know, and asks again in the next life.
      await call(client, requestId).catch((error: unknown) => {
        if (!isBroken(error)) throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

const isBroken = (error: unknown): boolean => (error as { name?: string }).name === 'TypeError';

test('killed at every crash point under load: nothing lost, nothing doubled outside the window', async () => {
  let life = await live(undefined);
  const campaigns: string[] = [];
  for (let count = 0; count < CAMPAIGNS; count += 1) {
    campaigns.push(await life.client.campaign({ createProfiles: true, timeToLive: 600 }));
  }
  life.child.kill('SIGKILL');
  await life.died;

  for (const point of CRASH_POINTS) {
    life = await live(point);
    await load(life, campaigns, MAX_CALLS_PER_LIFE);
    expect(existsSync(noteOf(point)) ? point : `${point} was not reached`).toBe(point);
    await life.died;
    const { inFlight } = JSON.parse(readFileSync(noteOf(point), 'utf8')) as { inFlight: number };
    expect(inFlight).toBeGreaterThanOrEqual(IN_FLIGHT);
  }

  life = await live(undefined);
  await load(life, campaigns, 0);
  expect(unanswered.size).toBe(0);
  const messages = await reconcile(life.client, campaigns);
  life.child.kill('SIGTERM');
  expect(await life.died).toEqual([0, null]);

  // Three sources that know nothing of each other: the callers' answers, the ledger, and the mail server.
  const receipts = new Map<string, number>();
  for (const id of mail.received) receipts.set(id, (receipts.get(id) ?? 0) + 1);
  const byExecution = new Map(messages.map((message) => [message.executionId, message]));
  const lost = [...answers.values()].filter((id) => !receipts.has(byExecution.get(id)?.messageId ?? ''));
  expect(lost).toEqual([]);
  const unexplained = [...receipts.keys()].filter((id) => !messages.some((message) => message.messageId === id));
  expect(unexplained).toEqual([]);
  const notSent = messages.filter(
    ({ state, executionId }) => state !== 'sent' && [...answers.values()].includes(executionId),
  );
  expect(notSent).toEqual([]);

  const doubled = messages.filter(({ messageId }) => (receipts.get(messageId) ?? 0) > 1);
  const outsideTheWindow = doubled.filter((message) => !calledAgain(message));
  process.stdout.write(
    `crash test: ${CRASH_POINTS.length} kills, ${answers.size} calls answered, ${receipts.size} messages received, ` +
      `${doubled.length} of them twice inside the window\n`,
  );
  expect(outsideTheWindow).toEqual([]);
}, 240_000);

/** Inside the window: a call whose result was not stored before a crash was taken over, or its outcome was unknown. */
const calledAgain = ({ timeline }: MessageView): boolean =>
  timeline.some(({ step, reason }) => step === 'taken-over' || reason === 'outcome-unknown');

/** Every message of every execution, once all that were accepted are final. */
async function reconcile(client: Client, campaigns: readonly string[]): Promise<MessageView[]> {
  const accepted = new Set(answers.values());
  return until(
    'every accepted message is final',
    async () => {
      const views = (await Promise.all(campaigns.map((id) => executionsOf(client, id)))).flat();
      const seen = new Set(views.map(({ executionId }) => executionId));
      expect([...accepted].filter((id) => !seen.has(id))).toEqual([]);
      const messages = views.flatMap((view) => view.messages);
      const open = messages.filter(({ executionId, state }) => accepted.has(executionId) && !FINAL.includes(state));
      return open.length === 0 ? messages : undefined;
    },
    60_000,
  );
}

async function executionsOf(client: Client, campaignId: string): Promise<ExecutionView[]> {
  const all: ExecutionView[] = [];
  let cursor = '';
  do {
    const page = await client.call<{ items: ExecutionView[]; next?: string }>(
      'GET',
      `/v1/executions?campaignId=${campaignId}&limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    all.push(...page.body.items);
    cursor = page.body.next ?? '';
  } while (cursor !== '');
  return all;
}
