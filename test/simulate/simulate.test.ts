import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createRandom } from './random.ts';
import { drawPlan } from './plan.ts';
import { simulate } from './simulate.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');
const run = promisify(execFile);

/** In a process of its own, as `script/simulate` runs it: jest's modules are slower, and two of them use two cores. */
const command = (...args: string[]): Promise<string> =>
  run(process.execPath, [MAIN, ...args], { maxBuffer: 64 * 1024 * 1024 }).then(
    ({ stdout }) => stdout,
    // It ends with 1 where a promise was broken, and says which.
    (error: { stdout?: string }) => error.stdout ?? 'it did not run',
  );

test('a thousand seeds of 200 messages break no promise', async () => {
  const outputs = await Promise.all([command('--seeds', '500'), command('--seeds', '500', '--from', '501')]);
  for (const output of outputs) expect(output).toMatch(/, 0 failed\n$/);
}, 300_000);

describe('a seed', () => {
  // With as many kinds of trouble as one plan has.
  const troubled = Array.from({ length: 300 }, (_, seed) => seed)
    .toSorted((a, b) => kindsOf(b) - kindsOf(a))
    .slice(0, 2);

  test.each(troubled)('is the same run each time, to the last event: %i', async (seed) => {
    const one = await simulate(seed, { messages: 100, traced: true });
    const other = await simulate(seed, { messages: 100, traced: true });
    expect(one.trace.length).toBeGreaterThan(500);
    expect(other.trace).toEqual(one.trace);
    expect(other).toEqual(one);
  });

  test('is the same run in another process, with its trace and without', async () => {
    const [seed = 1] = troubled;
    const result = await simulate(seed, { messages: 100 });
    const output = await command('--seed', String(seed), '--messages', '100');
    const traced = await simulate(seed, { messages: 100, traced: true });
    expect(output).toContain(traced.trace.join('\n'));
    expect({ ...traced, trace: [] }).toEqual(result);
  });

  test('is another run than any other seed', async () => {
    const [one, other] = [await simulate(1, { traced: true }), await simulate(2, { traced: true })];
    expect(other.trace).not.toEqual(one.trace);
  });
});

test('without faults every message is sent once or excluded for what its recipient or operator wanted', async () => {
  const calm = Array.from({ length: 200 }, (_, seed) => seed).filter((seed) => kindsOf(seed) === 0);
  expect(calm.length).toBeGreaterThan(2);
  for (const seed of calm) {
    const { violations, doubled, states, accepted } = await simulate(seed);
    expect({ seed, violations, doubled }).toEqual({ seed, violations: [], doubled: 0 });
    const { sent = 0, excluded = 0, expired = 0 } = states;
    expect(sent + excluded + expired).toBe(accepted);
  }
});

function kindsOf(seed: number): number {
  return drawPlan(createRandom(seed).fork('plan'), 15_000).kinds.length;
}
