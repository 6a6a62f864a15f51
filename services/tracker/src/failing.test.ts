import { describe, expect, test } from '@jest/globals';
import type { Tally } from '@herald/store';
import { failing, kindOf } from './failing.ts';

const STEP = 10_000;
const THRESHOLD = { min: 50, percent: 95, stepMs: STEP };
const tally = (campaignId: string, over: Partial<Tally> = {}): Tally => ({
  org: 'acme',
  sandbox: 'prod',
  campaignId,
  provider: 'smtp',
  window: 0,
  sent: 0,
  refused: 0,
  unclear: 0,
  ...over,
});
const named = (tallies: readonly Tally[], threshold = THRESHOLD): string[] =>
  failing(tallies, threshold).map(({ campaignId }) => campaignId);

describe('refused for good', () => {
  test.each([
    [49, 0, false],
    [50, 0, true],
    [95, 5, true],
    [94, 6, false],
    [0, 500, false],
  ])('%i refused and %i sent: %p', (refused, sent, fails) => {
    expect(named([tally('c', { refused, sent })])).toEqual(fails ? ['c'] : []);
  });

  test('is the campaign’s failure although all others are refused as well', () => {
    expect(named([tally('one', { refused: 50 }), tally('other', { refused: 50 })])).toEqual(['one', 'other']);
  });

  test('counts over providers and steps, and not over tenants', () => {
    const parts = [tally('c', { refused: 25 }), tally('c', { refused: 25, window: STEP, provider: 'other' })];
    expect(failing(parts, THRESHOLD)).toMatchObject([{ ended: 50, failed: 50 }]);
    expect(named([tally('c', { refused: 25 }), tally('c', { refused: 25, sandbox: 'dev' })])).toEqual([]);
  });

  test('before the counting began it does not count', () => {
    const parts = [tally('c', { refused: 50 }), tally('c', { refused: 49, window: STEP })];
    expect(failing(parts, THRESHOLD, () => 1)).toEqual([]);
    expect(failing(parts, { ...THRESHOLD, min: 49 }, () => 1)).toMatchObject([{ ended: 49 }]);
  });
});

describe('failed, and it may be the provider’s fault', () => {
  const storm = tally('c', { unclear: 60 });
  const luck = (over: Partial<Tally>): Tally => tally('other', { sent: 5, ...over });

  test('is nobody’s failure while nobody else succeeds', () => {
    expect(named([storm])).toEqual([]);
    expect(named([storm, tally('other', { unclear: 60 })])).toEqual([]);
    expect(named([storm, luck({ provider: 'another' }), luck({ provider: 'another', window: STEP })])).toEqual([]);
  });

  test('is the campaign’s where others succeed at that time, and right after it', () => {
    expect(named([storm, luck({}), luck({ window: STEP })])).toEqual(['c']);
  });

  test('is not where the provider went down in between', () => {
    expect(named([storm, luck({})])).toEqual([]);
    expect(named([storm, luck({ window: STEP })])).toEqual([]);
    expect(named([storm, luck({}), luck({ window: STEP, sent: 1, unclear: 20 })])).toEqual([]);
  });

  test('is not where the campaign itself goes on', () => {
    expect(named([storm, luck({}), luck({ window: STEP }), tally('c', { sent: 60, window: STEP })])).toEqual([]);
  });
});

test.each([
  ['sent', 'accepted', 'smtp', 'sent'],
  ['failed', 'smtp-5xx', 'smtp', 'refused'],
  ['failed', 'template-error', undefined, 'refused'],
  ['dead', 'internal-error', undefined, 'refused'],
  ['dead', 'exhausted', 'smtp', 'unclear'],
  ['failed', 'outcome-unknown', 'smtp', 'unclear'],
  ['expired', 'deadline', 'smtp', 'unclear'],
  ['expired', 'deadline', undefined, undefined],
  ['excluded', 'suppressed', undefined, undefined],
  ['failed', 'unsubscribed', 'twilio', undefined],
  ['failed', 'lost', undefined, undefined],
] as const)('%s/%s at %p counts as %p', (state, reason, provider, kind) => {
  const ending = { state, reason, ...(provider === undefined ? {} : { provider }) };
  expect(kindOf(ending)).toBe(kind);
  expect(kindOf({ ...ending, proof: true })).toBeUndefined();
  expect(kindOf({ ...ending, dryRun: true })).toBeUndefined();
});
