import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { anExecution } from '@herald/store/conformance';
import { createSweeper } from '@herald/scheduler/sweep';
import { createBench, type Bench } from '../support/pipeline.ts';

const TENANT = { org: 'herald', sandbox: 'prod' };
const GRACE_MS = 10_000;
const HOUR_MS = 3_600_000;

let bench: Bench;
let sweep: () => Promise<number>;
beforeEach(async () => {
  bench = await createBench();
  sweep = createSweeper(bench, GRACE_MS, () => Promise.resolve(true));
});
afterEach(() => bench.dispose());

/** Told that it was accepted, and then lost; its deadline is in so many milliseconds. */
async function lose(inMs: number): Promise<void> {
  const deadline = bench.runtime.clock.now() + inMs;
  const execution = anExecution(TENANT, { deadline, recipients: ['somebody'] });
  await bench.store.executions.insert([execution]);
  await bench.store.executions.confirm([execution.executionId]);
}

test('what is overdue for longer than the grace is ended, once', async () => {
  await lose(0);
  await lose(HOUR_MS);
  bench.advance(GRACE_MS - 1_000);
  expect(await sweep()).toBe(0);
  bench.advance(2_000);
  expect(await sweep()).toBe(1);
  expect(await sweep()).toBe(0);
});

test('a clock that was ahead keeps nothing that comes later from being ended', async () => {
  await lose(HOUR_MS);
  bench.advance(2 * HOUR_MS);
  expect(await sweep()).toBe(1);
  bench.advance(-2 * HOUR_MS);
  expect(await sweep()).toBe(0);
  await lose(1_000);
  bench.advance(1_000 + GRACE_MS + 1_000);
  expect(await sweep()).toBe(1);
});
