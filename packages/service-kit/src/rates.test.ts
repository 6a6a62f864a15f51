import { expect, test } from '@jest/globals';
import { createRates } from './rates.ts';

function rates() {
  let now = 1_000_000;
  const take = createRates({ now: () => now, sleep: async () => {} });
  const run = (key: string, perSecond: number, calls: number): number[] =>
    Array.from({ length: calls }, () => take(key, perSecond));
  return { take, run, pass: (ms: number) => void (now += ms) };
}

test('a second’s worth at once, then what the time gives', () => {
  const { take, run, pass } = rates();
  expect(run('a', 3, 4)).toEqual([0, 0, 0, 1]);
  pass(333);
  expect(take('a', 3)).toBe(1);
  pass(1);
  expect(run('a', 3, 2)).toEqual([0, 1]);
  pass(60_000);
  expect(run('a', 3, 4)).toEqual([0, 0, 0, 1]);
});

test('over a long time no more than the rate and one burst', () => {
  const { take, pass } = rates();
  let through = 0;
  for (let ms = 0; ms < 10_000; ms += 1) {
    if (take('a', 50) === 0) through += 1;
    pass(1);
  }
  expect(through).toBeGreaterThanOrEqual(540);
  expect(through).toBeLessThanOrEqual(550);
});

test('each key has its own', () => {
  const { run } = rates();
  expect(run('a', 1, 2)).toEqual([0, 1]);
  expect(run('b', 1, 2)).toEqual([0, 1]);
});

test('a clock that goes back gives nothing and takes nothing', () => {
  const { run, pass } = rates();
  expect(run('a', 2, 1)).toEqual([0]);
  pass(-5_000);
  expect(run('a', 2, 2)).toEqual([0, 1]);
  pass(1_000);
  expect(run('a', 2, 3)).toEqual([0, 0, 1]);
});
