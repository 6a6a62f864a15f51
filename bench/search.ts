import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageIdOf, newExecutionId, type FinalState } from '@herald/contracts';
import { systemRuntime } from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule, type ExecutionRecord, type Store } from '@herald/store';
import { createMongoStore } from '@herald/store/mongo';
import { startKafka } from '../infra/local/kafka.ts';
import { startMongo } from '../infra/local/mongo.ts';

/**
 * What a page of `GET /v1/messages` costs among a million, and what the account of all of them does: the store is filled
 * directly with a day of messages, then asked over HTTP: embedded, or on MongoDB (`--mode mongo`). Bounded by the number
 * of pages.
 */
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    pages: { type: 'string', default: '100' },
    mode: { type: 'string', default: 'embedded' },
  },
});
const MESSAGES = Number(values.messages);
const PAGES = Number(values.pages);
const BATCH = 1_000;
const DAY_MS = 86_400_000;
const TENANT = { org: 'herald', sandbox: 'prod' };
const NOW = Date.now();

type End = readonly [state: FinalState, reason: string] | 'retrying' | 'accepted';
/** Mostly sent; three of a kind are all that there are; the newest are on their way. */
function endOf(n: number): End {
  if (n % (MESSAGES / 4) === 1_000) return ['failed', 'lost'];
  if (n > MESSAGES - 200) return 'accepted';
  if (n % 997 === 0) return 'retrying';
  const kind = (n * 7_919) % 1_000;
  if (kind < 950) return ['sent', 'accepted'];
  if (kind < 970) return ['failed', 'smtp-550'];
  if (kind < 980) return ['excluded', 'suppressed'];
  if (kind < 990) return ['expired', 'deadline'];
  return ['dead', 'exhausted'];
}

function executionOf(n: number): ExecutionRecord {
  const acceptedAt = NOW - DAY_MS + Math.floor((n * (DAY_MS - 60_000)) / MESSAGES);
  const ms = acceptedAt.toString(16).padStart(12, '0');
  const tail = n.toString(16).padStart(12, '0');
  return {
    ...TENANT,
    executionId: newExecutionId(`${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${tail}`),
    campaignId: `campaign-${n % 49}`,
    campaignVersion: 1,
    requestId: `request-${n}`,
    keyId: 'key',
    channel: 'email',
    lane: 'transactional',
    guarantee: 'at-least-once',
    bodyHash: 'x'.repeat(43),
    recipients: [`recipient-${(n * 31) % 100_000}`.padEnd(43, 'x')],
    acceptedAt,
    deadline: NOW + DAY_MS,
  };
}

async function fill(store: Store, from: number): Promise<void> {
  const made = Array.from({ length: BATCH }, (_, n) => ({ execution: executionOf(from + n), end: endOf(from + n) }));
  await store.executions.insert(made.map(({ execution }) => execution));
  const claimed = made.filter(({ end }) => end !== 'accepted');
  const keyOf = ({ executionId, acceptedAt }: ExecutionRecord) => ({
    messageId: messageIdOf(executionId, 0),
    round: 1,
    attempt: 1,
    at: acceptedAt + 40,
  });
  await Promise.all([
    store.executions.confirm(made.map(({ execution }) => execution.executionId)),
    store.ledger.claim(
      claimed.map(({ execution }) => ({
        ...keyOf(execution),
        ...TENANT,
        executionId: execution.executionId,
        stage: 'sender-email',
        input: { topic: 'herald.transactional.email.rendered', partition: 1, offset: from },
        times: {
          accepted: execution.acceptedAt,
          resolved: execution.acceptedAt + 5,
          rendered: execution.acceptedAt + 9,
        },
        plan: { kind: 'call', provider: 'smtp', leaseUntil: execution.acceptedAt + 30_000 },
      })),
    ),
    store.ledger.settle(
      claimed.map(({ execution, end }) => ({
        ...keyOf(execution),
        outcome:
          end === 'retrying' || end === 'accepted'
            ? { kind: 'retry', notBefore: NOW + 3_600_000, reason: 'smtp-451' }
            : { kind: 'final', state: end[0], reason: end[1] },
        provider: 'smtp',
      })),
    ),
    store.endings.insert(
      claimed.flatMap(({ execution, end }) =>
        typeof end === 'string'
          ? []
          : [
              {
                ...TENANT,
                messageId: messageIdOf(execution.executionId, 0),
                round: 1,
                campaignId: execution.campaignId,
                state: end[0],
                reason: end[1],
              },
            ],
      ),
    ),
  ]);
}

const data = mkdtempSync(join(tmpdir(), 'herald-search-'));
const env = {
  ...process.env,
  HERALD_PORT: '0',
  HERALD_DATA: data,
  HERALD_ADMIN_KEY: 'bench-key-0123456789',
  HERALD_LOG_LEVEL: 'warn',
};
const start = (args: readonly string[], more: Readonly<Record<string, string>>) =>
  fork(new URL('../services/standalone/src/main.ts', import.meta.url), args, { env: { ...env, ...more } });

/** Fills a store, and says what else a process needs to find it. */
async function prepare(): Promise<{ more: Readonly<Record<string, string>>; stop: () => Promise<void> }> {
  const filled = async (store: Store): Promise<void> => {
    const started = Date.now();
    for (let from = 0; from < MESSAGES; from += BATCH) await fill(store, from);
    await store.close();
    console.log(`${MESSAGES} messages in ${Math.round((Date.now() - started) / 1_000)} s`);
  };
  if (values.mode !== 'mongo') {
    const file = join(data, 'herald.db');
    const database = await openDatabase({ file, modules: [embeddedStoreModule] });
    await filled(createSqliteStore({ database }));
    await database.close();
    console.log(`${(statSync(file).size / 1e9).toFixed(2)} GB`);
    return { more: {}, stop: async () => undefined };
  }
  // Where the store is MongoDB the log is Kafka, though nothing here is on it.
  const kafka = await startKafka({ dir: join(data, 'kafka') });
  const mongo = await startMongo({ dir: join(data, 'mongo') });
  const more = {
    HERALD_KAFKA_BROKERS: kafka.url,
    HERALD_KAFKA_SINGLE_BROKER: 'true',
    HERALD_MONGO_URL: mongo.url,
  };
  await once(start(['--prepare'], more), 'exit');
  await filled(await createMongoStore({ url: mongo.url, newId: systemRuntime.newId }));
  return {
    more,
    stop: async () => {
      await mongo.stop();
      await kafka.stop();
    },
  };
}

const { more, stop } = await prepare();
const herald = start(['--roles', 'control'], more);
const [{ url, adminKey }] = (await once(herald, 'message')) as [{ url: string; adminKey: string }];

async function page(query: string, cursor?: string): Promise<{ ms: number; items: number; next?: string }> {
  const begin = performance.now();
  const response = await fetch(`${url}/v1/messages?${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  const body = (await response.json()) as { items: unknown[]; next?: string };
  if (!response.ok) throw new Error(JSON.stringify(body));
  const ms = performance.now() - begin;
  return { ms, items: body.items.length, ...(body.next === undefined ? {} : { next: body.next }) };
}

const percentile = (all: readonly number[], p: number): string =>
  (all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor((all.length * p) / 100))] ?? 0).toFixed(1);

/** The first page again and again, then pages one after the other, from the newest or from before a time. */
async function measure(name: string, query: string): Promise<void> {
  try {
    await measured(name, query);
  } catch (error) {
    // A search that the database does not answer in time is a result, too.
    console.log(`| ${name} | ${error instanceof Error ? error.message.slice(0, 80) : ''} |`);
  }
}

async function measured(name: string, query: string): Promise<void> {
  const first: number[] = [];
  for (let n = 0; n < 20; n += 1) first.push((await page(query)).ms);
  const deep: number[] = [];
  let items = 0;
  let cursor: string | undefined;
  do {
    const { ms, items: shown, next } = await page(query, cursor);
    deep.push(ms);
    items += shown;
    cursor = next;
  } while (cursor !== undefined && deep.length < PAGES);
  const row = [
    name,
    percentile(first, 50),
    percentile(first, 99),
    deep.length,
    percentile(deep, 50),
    percentile(deep, 99),
    items,
  ];
  console.log(`| ${row.join(' | ')} |`);
}

const residentMb = (): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${herald.pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024);

/** The account of the whole day, answer by answer, while somebody else asks for pages. */
async function measureAccount(): Promise<void> {
  const before = residentMb();
  const answers: number[] = [];
  const others: number[] = [];
  let accepted = 0;
  let unbalanced = 0;
  let going = true;
  const other = (async () => {
    while (going) {
      others.push((await page('limit=50')).ms);
      await delay(50);
    }
  })();
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const begin = performance.now();
    const path = `/v1/audit/conservation?from=${new Date(NOW - DAY_MS).toISOString()}${cursor && `&cursor=${cursor}`}`;
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${adminKey}` } });
    const body = (await response.json()) as { accepted: number; unbalanced: { count: number }; next?: string };
    answers.push(performance.now() - begin);
    accepted += body.accepted;
    unbalanced += body.unbalanced.count;
    cursor = body.next;
  }
  going = false;
  await other;
  const seconds = answers.reduce((sum, ms) => sum + ms, 0) / 1_000;
  console.log(
    `account: ${accepted} accepted, ${unbalanced} unbalanced, in ${seconds.toFixed(1)} s and ${answers.length} answers ` +
      `(p50 ${percentile(answers, 50)}, most ${percentile(answers, 100)} ms); pages meanwhile p50 ${percentile(others, 50)}, ` +
      `p99 ${percentile(others, 99)} ms; resident ${before} MB before, ${residentMb()} MB after`,
  );
}

try {
  const at = (share: number): string => new Date(NOW - DAY_MS * share).toISOString();
  const of = (query: string): string => `limit=50&${query}`;
  for (let n = 0; n < 50; n += 1) await page('limit=50');
  console.log(
    '| search, 50 per page | first page p50 ms | p99 | pages one after the other | p50 ms | p99 | messages |',
  );
  console.log('|---|---|---|---|---|---|---|');
  await measure('all', 'limit=50');
  await measure('all, before the oldest hour', of(`to=${at(0.96)}`));
  await measure('of a recipient', of(`namespace=email&userId=nobody%40example.com`));
  await measure('of a request', of(`requestId=request-${MESSAGES / 2}`));
  await measure('of a campaign', of('campaignId=campaign-7'));
  await measure('state=sent', of('state=sent'));
  await measure('state=sent, before the oldest hour', of(`state=sent&to=${at(0.96)}`));
  await measure('state=dead', of('state=dead'));
  await measure('state=dead of a campaign, half a day ago', of(`state=dead&campaignId=campaign-7&to=${at(0.5)}`));
  await measure('reason=lost: four of a million', of('reason=lost'));
  await measure('state=accepted: the newest', of('state=accepted'));
  await measure('state=retrying: one in a thousand', of('state=retrying'));
  await measure('state=retrying, before the oldest hour', of(`state=retrying&to=${at(0.96)}`));
  await measureAccount();
} finally {
  const ended = once(herald, 'exit');
  herald.kill('SIGTERM');
  await ended;
  await stop();
  rmSync(data, { recursive: true, force: true });
}
