import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@herald/contracts';
import { expect, test } from '@jest/globals';
import { createLanes, type Held } from './lanes.ts';

/** A clock that moves when it is told to. */
function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 1_000_000;
  const sleeping = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', () => resolve());
      }),
    async advance(ms) {
      now += ms;
      for (const sleeper of sleeping) if (sleeper.at <= now && sleeping.delete(sleeper)) sleeper.wake();
      await setImmediate();
    },
  };
}

/** Jobs that end when they are told to. */
function jobs() {
  const ends: (() => void)[] = [];
  return {
    job: () => new Promise<void>((resolve) => ends.push(resolve)),
    begun: () => ends.length,
    endAll: async () => {
      for (const end of ends.splice(0)) end();
      await setImmediate();
    },
  };
}

const RESTS = { firstMs: 100, longestMs: 1_000 };

test('a lane takes eight at a time, and some more in its queue; the rest waits elsewhere', async () => {
  const lanes = createLanes(manualClock(), RESTS);
  const { job, begun, endAll } = jobs();
  const answers: (Held | undefined)[] = [];
  for (let n = 0; n < 60; n += 1) void lanes.run('one', job).then((held) => answers.push(held));
  await setImmediate();
  expect([begun(), answers]).toEqual([8, Array.from({ length: 20 }, () => ({ why: 'full', waitMs: 1_000 }))]);
  await endAll();
  expect(begun()).toBe(8);
  const other = jobs();
  void lanes.run('other', other.job);
  expect(other.begun()).toBe(1);
});

test('a lane whose endpoint hangs sends away what waits in it', async () => {
  const clock = manualClock();
  const lanes = createLanes(clock, RESTS);
  const { job, begun } = jobs();
  const answers: (Held | undefined)[] = [];
  for (let n = 0; n < 20; n += 1) void lanes.run('one', job).then((held) => answers.push(held));
  await clock.advance(999);
  expect([begun(), answers.length]).toEqual([8, 0]);
  await clock.advance(1);
  expect([begun(), answers.length]).toEqual([8, 12]);
  expect(await lanes.run('one', job)).toMatchObject({ why: 'full' });
});

test('an endpoint that fails three times in a row rests, longer each time, and is looked at by one attempt', async () => {
  const clock = manualClock();
  const lanes = createLanes(clock, RESTS);
  const done = () => Promise.resolve();
  lanes.failed('one');
  lanes.failed('one');
  expect(await lanes.run('one', done)).toBeUndefined();
  for (const restMs of [100, 200, 400, 800, 1_000, 1_000]) {
    lanes.failed('one');
    expect(await lanes.run('one', done)).toEqual({ why: 'resting', waitMs: restMs });
    await clock.advance(restMs);
  }
  const { job, begun, endAll } = jobs();
  const probe = lanes.run('one', job);
  expect(await lanes.run('one', job)).toMatchObject({ why: 'full' });
  expect(begun()).toBe(1);
  lanes.succeeded('one', 5);
  await endAll();
  expect(await probe).toBeUndefined();
  expect(await lanes.run('one', done)).toBeUndefined();
});

test('an endpoint rests as long as it asks', async () => {
  const clock = manualClock();
  const lanes = createLanes(clock, RESTS);
  lanes.failed('one', 30_000);
  expect(await lanes.run('one', () => Promise.resolve())).toEqual({ why: 'resting', waitMs: 30_000 });
});

test('one that works has a queue that is longer, and ends: a busy endpoint does not take the consumer that all share', async () => {
  const lanes = createLanes(manualClock(), RESTS);
  const { job, begun } = jobs();
  const answers: (Held | undefined)[] = [];
  void lanes.run('one', job);
  lanes.succeeded('one', 900);
  for (let n = 0; n < 500; n += 1) void lanes.run('one', job).then((held) => answers.push(held));
  await setImmediate();
  expect(begun()).toBe(8);
  expect(answers).toHaveLength(501 - 8 - 64);
});
