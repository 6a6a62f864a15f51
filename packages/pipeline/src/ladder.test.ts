import { describe, expect, test } from '@jest/globals';
import { holdRung, retryDelay, rungFor } from './ladder.ts';

const LADDER = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];

describe('rungFor', () => {
  test.each([
    [0, 1_000],
    [1_000, 1_000],
    [4_999, 5_000],
    [4_000, 1_000],
    [29_000, 30_000],
    [90_000, 30_000],
    [7_200_000, 3_600_000],
  ])('a wait of %d ms takes the rung of %d ms', (wait, rung) => {
    expect(rungFor(wait, LADDER)).toBe(rung);
  });
});

test('holds climb to 30 s and stay there', () => {
  expect([0, 1, 2, 3, 50].map((nth) => holdRung(nth, LADDER))).toEqual([1_000, 5_000, 30_000, 30_000, 30_000]);
});

test('a retry waits as the policy says, longer where the provider asks for it, and ends with the policy', () => {
  const policy = [1_000, 5_000];
  expect(retryDelay(1, undefined, policy)).toBe(1_000);
  expect(retryDelay(2, undefined, policy)).toBe(5_000);
  expect(retryDelay(2, 60_000, policy)).toBe(60_000);
  expect(retryDelay(3, undefined, policy)).toBeUndefined();
});
