import { expect, test } from '@jest/globals';
import { Outage } from '@herald/contracts';
import { createLogWatch } from './log-watch.ts';

/** A log that answers or not, and a clock that is moved by hand. */
function setUp() {
  let now = 1_000_000;
  let away = false;
  const watch = createLogWatch({
    bus: { lag: () => (away ? Promise.reject(new Outage('unavailable', 'away')) : Promise.resolve(new Map())) },
    runtime: { clock: { now: () => now } },
    settings: { ladderMs: [1_000] },
  });
  return {
    watch,
    /** Looks every second, as the sweeper does. */
    async after(ms: number): Promise<number> {
      let answers = await watch.answersForMs();
      for (const until = now + ms; now < until;) {
        now += 1_000;
        answers = await watch.answersForMs();
      }
      return answers;
    },
    step: (ms: number) => void (now += ms),
    set: (isAway: boolean) => void (away = isAway),
  };
}

test('time counts from the first answer on', async () => {
  const { watch, after } = setUp();
  expect(await watch.answersForMs()).toBe(0);
  expect(await after(30_000)).toBe(30_000);
});

test('an outage is told to whoever asks, and begins it anew', async () => {
  const { watch, after, set } = setUp();
  await after(30_000);
  set(true);
  await expect(watch.answersForMs()).rejects.toMatchObject({ code: 'unavailable' });
  watch.broken();
  set(false);
  expect(await after(5_000)).toBe(5_000);
});

test.each([
  ['back', -3_600_000],
  ['ahead', 3_600_000],
])('a clock that is set %s by an hour says nothing about the log', async (_, ms) => {
  const { after, step } = setUp();
  await after(30_000);
  step(ms);
  expect(await after(4_000)).toBe(4_000);
});
