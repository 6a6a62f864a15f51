import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { isOutage, type Outage } from '@herald/contracts';
import { systemRuntime } from '@herald/service-kit';
import type { ClaimEntry, ExecutionRecord, Store } from '@herald/store';
import { aClaim, anAttempt, anExecution, aResult, everyCall } from '@herald/store/conformance';
import { createMongoStore, migrate } from '@herald/store/mongo';
import { startMongo } from '../../infra/local/mongo.ts';
import type { LocalServer } from '../../infra/local/server.ts';
import { createTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { BUILD_MS, newDatabase } from './mongo-server.ts';

const TENANT = { org: 'org', sandbox: 'prod' };
const POOL_SIZE = 3;
/** A look for a server, a wait for a connection, an answer, and once more: what one call may take at most. */
const BOUND_MS = 2 * (500 + 500 + 1_000) + 1_000;

let dir: string;
let server: LocalServer;
let store: Store;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'herald-mongo-'));
  server = await startMongo({ dir });
}, BUILD_MS);
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});
beforeEach(async () => {
  const options = { url: server.url, database: newDatabase(), newId: systemRuntime.newId };
  await migrate(options);
  store = await createMongoStore({ ...options, reachWithinMs: 500, answerWithinMs: 1_000, poolSize: POOL_SIZE });
});
afterEach(() => store.close());

async function outageOf(call: () => Promise<unknown>): Promise<Pick<Outage, 'name' | 'code'>> {
  const error: unknown = await call().catch((reason: unknown) => reason);
  if (!isOutage(error)) throw new Error('the call was answered, or failed otherwise', { cause: error });
  return { name: error.name, code: error.code };
}

/** Every method, called at once, ends in an outage within the bound. */
async function expectOutages(): Promise<void> {
  const calls = everyCall(store, TENANT);
  const began = performance.now();
  const outages = await Promise.all(calls.map(outageOf));
  expect(performance.now() - began).toBeLessThan(BOUND_MS);
  expect(outages).toEqual(calls.map(() => ({ name: 'Outage', code: 'unavailable' })));
}

/** Without anybody's help. */
const expectRecovery = () =>
  until('the store answers again', () =>
    store.configRevision().then(
      () => true,
      () => undefined,
    ),
  );

test.each(['stop', 'kill'] as const)(
  'a database that is gone (%s) is an outage soon, and then one no more',
  async (how) => {
    const key = anAttempt();
    await store.ledger.claim([aClaim(TENANT, key)]);
    await server[how]();
    await expectOutages();
    await expectOutages();
    await server.restart();
    await expectRecovery();
    expect(await store.ledger.attempts([key])).toEqual([{ claim: aClaim(TENANT, key), takeovers: [] }]);
    expect(await store.ledger.claim([aClaim(TENANT, key)])).toEqual([false]);
  },
);

test('a database that hangs is an outage soon, and then one no more', async () => {
  const key = anAttempt();
  await store.ledger.claim([aClaim(TENANT, key)]);
  process.kill(server.pid, 'SIGSTOP');
  try {
    await expectOutages();
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  await expectRecovery();
  expect(await store.ledger.attempts([key])).toEqual([{ claim: aClaim(TENANT, key), takeovers: [] }]);
});

/** More than sockets take before somebody reads: the command is still being written when the database goes. */
const longBatch = (): ClaimEntry[] =>
  Array.from({ length: 8 }, () => aClaim(TENANT, anAttempt(), { stage: 'x'.repeat(1_000_000) }));

test.each(['hangs', 'is stopped', 'is killed'] as const)(
  'a database that %s in the middle of long commands is an outage soon, and then one no more',
  async (what) => {
    // As many commands as connections: none of these may be used up by it.
    const calls = Array.from({ length: POOL_SIZE }, longBatch);
    await Promise.all(calls.map(() => store.ledger.claim([aClaim(TENANT, anAttempt())])));
    process.kill(server.pid, 'SIGSTOP');
    let gone: Promise<void> | undefined;
    try {
      const began = performance.now();
      const outages = Promise.all(calls.map((batch) => outageOf(() => store.ledger.claim(batch))));
      if (what !== 'hangs') {
        await delay(200);
        gone = what === 'is stopped' ? server.stop() : server.kill();
      }
      expect(await outages).toEqual(calls.map(() => ({ name: 'Outage', code: 'unavailable' })));
      expect(performance.now() - began).toBeLessThan(BOUND_MS);
    } finally {
      if (what !== 'is killed') process.kill(server.pid, 'SIGCONT');
      await gone;
    }
    if (what !== 'hangs') await server.restart();
    await expectRecovery();
    const key = anAttempt();
    expect(await store.ledger.claim([aClaim(TENANT, key)])).toEqual([true]);
  },
);

test('a database that says goodbye in the middle of long commands is an outage soon, and then one no more', async () => {
  const proxy = await createTcpProxy(0, Number(new URL(server.url).port));
  const url = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`;
  const options = { url, database: newDatabase(), newId: systemRuntime.newId };
  await migrate(options);
  const far = await createMongoStore({ ...options, reachWithinMs: 500, answerWithinMs: 1_000, poolSize: POOL_SIZE });
  try {
    const calls = Array.from({ length: POOL_SIZE }, longBatch);
    await Promise.all(calls.map(() => far.ledger.claim([aClaim(TENANT, anAttempt())])));
    proxy.freeze();
    const began = performance.now();
    const outages = Promise.all(calls.map((batch) => outageOf(() => far.ledger.claim(batch))));
    await delay(200);
    proxy.sayGoodbye();
    expect(await outages).toEqual(calls.map(() => ({ name: 'Outage', code: 'unavailable' })));
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    proxy.thaw();
    proxy.shut();
    proxy.open();
    const claim = (): Promise<boolean[]> => far.ledger.claim([aClaim(TENANT, anAttempt())]);
    await until('the store answers again', () =>
      claim().then(
        () => true,
        () => undefined,
      ),
    );
    expect(await Promise.all(calls.map(claim))).toEqual(calls.map(() => [true]));
  } finally {
    await far.close();
    await proxy.close();
  }
});

test('a store does not start on a database that is not there, and says so soon', async () => {
  await server.stop();
  try {
    const options = { url: server.url, newId: systemRuntime.newId, reachWithinMs: 500 };
    expect(await outageOf(() => createMongoStore(options))).toEqual({ name: 'Outage', code: 'unavailable' });
    expect(await outageOf(() => migrate(options))).toEqual({ name: 'Outage', code: 'unavailable' });
  } finally {
    await server.restart();
  }
});

test('kill -9 under load, twice, loses nothing that was answered, and gives nothing to two', async () => {
  const executions: ExecutionRecord[] = [];
  const claims: ClaimEntry[] = [];
  const settled: ClaimEntry[] = [];
  let stopping = false;
  /** Calls until it is answered, as whoever waits out an outage does. */
  const persist = async <T>(call: () => Promise<T>): Promise<{ answer: T; calls: number }> => {
    for (let calls = 1; ; calls += 1) {
      try {
        return { answer: await call(), calls };
      } catch (error) {
        if (!isOutage(error) || error.code === 'closed') throw error;
      }
    }
  };
  const write = async (): Promise<void> => {
    while (!stopping) {
      const record = anExecution(TENANT);
      const claim = aClaim(TENANT, { messageId: `${record.executionId}.0`, round: 1, attempt: 1 });
      await persist(() => store.executions.insert([record]));
      await persist(() => store.executions.confirm([record.executionId]));
      executions.push(record);
      // Two ask for it, with what tells one from the other.
      const rival = { ...claim, stage: 'rival' };
      const answers = await Promise.all([claim, rival].map((entry) => persist(() => store.ledger.claim([entry]))));
      const won = [claim, rival].filter((_, place) => answers[place]?.answer[0]);
      expect(won.length).toBeLessThanOrEqual(1);
      // Only a call that was answered by an outage may have inserted what nobody was told of.
      if (won.length === 0) expect(answers.some(({ calls }) => calls > 1)).toBe(true);
      claims.push(...won);
      const settlement = await persist(() => store.ledger.settle([aResult(claim)]));
      if (settlement.answer[0] || settlement.calls > 1) settled.push(claim);
    }
  };
  const writers = Promise.all(Array.from({ length: 20 }, write));
  // Whatever a writer finds wrong ends the test at once.
  const written = (enough: number) =>
    Promise.race([writers, until(`${enough} are settled`, () => settled.length > enough)]);
  try {
    for (const enough of [300, 900]) {
      await written(enough);
      await server.kill();
      await server.restart();
    }
    await written(1_500);
  } finally {
    stopping = true;
  }
  await writers;

  for (const record of executions) {
    const found = await store.executions.get(TENANT, record.executionId);
    expect(found).toEqual({ ...record, confirmed: true });
  }
  const attempts = await store.ledger.attempts(claims);
  expect(attempts.map((attempt) => attempt?.claim)).toEqual(claims);
  const results = await store.ledger.attempts(settled);
  expect(results.every((attempt) => attempt?.result?.outcome.kind === 'final')).toBe(true);
}, 60_000);
