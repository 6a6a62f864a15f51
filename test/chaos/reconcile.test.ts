import { describe, expect, test } from '@jest/globals';
import { reconcile, type Received, type Recorded, type Told } from './reconcile.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const TOLERANCE = { lateMs: 2_500, beginsMs: 1_500, sweptMs: 30_000 };
const iso = (ms: number): string => new Date(NOW + ms).toISOString();

const told = (over: Partial<Told> = {}): Told => ({
  requestId: 'r1',
  campaign: 'reset',
  guarantee: 'at-least-once',
  recipients: 1,
  answers: [{ status: 202, executionId: 'E1' }],
  ...over,
});
type Step = Recorded['timeline'][number];
const step = (name: string, at: number, over: Partial<Step> = {}): Step => ({
  step: name,
  at: iso(at),
  ms: 0,
  ...over,
});
const recorded = (over: Partial<Recorded> = {}): Recorded => ({
  messageId: 'E1.0',
  executionId: 'E1',
  requestId: 'r1',
  channel: 'email',
  state: 'sent',
  reason: 'accepted',
  deadline: iso(60_000),
  endedAt: iso(20),
  timeline: [
    step('accepted', 0),
    step('claimed', 10, { attempt: 1 }),
    step('sent', 20, { attempt: 1, reason: 'accepted' }),
  ],
  ...over,
});
const received = (ref = 'E1.0', at = 15): Received => ({ channel: 'email', ref, at: NOW + at });
const account = (calls: Told[], messages: Recorded[], arrivals: Received[]) =>
  reconcile(calls, messages, arrivals, TOLERANCE);
const wrongs = (...sources: Parameters<typeof account>) =>
  account(...sources).findings.map(({ wrong, messageId }) => [wrong, messageId]);

test('a history that adds up has no findings, and is counted', () => {
  const calls = [
    told(),
    told({ requestId: 'r2', answers: [{ status: 0 }, { status: 503 }, { status: 202, executionId: 'E2' }] }),
  ];
  const messages = [recorded(), recorded({ messageId: 'E2.0', executionId: 'E2', requestId: 'r2', channel: 'sms' })];
  // An SMS is known by what its caller wrote.
  expect(account(calls, messages, [received(), received('r2.0')])).toEqual({
    accepted: 2,
    states: { sent: 2 },
    reasons: { 'sent accepted': 2 },
    answers: { '202': 2, 'no answer': 1, '503': 1 },
    received: 2,
    inside: [],
    findings: [],
  });
});

describe('lost is', () => {
  test('what a caller was told of, and the store does not have', () => {
    expect(wrongs([told()], [], [])).toEqual([['lost', 'E1']]);
    expect(wrongs([told({ recipients: 2 })], [recorded()], [received()])).toEqual([['lost', 'E1']]);
  });
  test('what has no final state', () => {
    expect(wrongs([told()], [recorded({ state: 'retrying', reason: 'smtp-4xx' })], [])).toEqual([['lost', 'E1.0']]);
  });
  test('what is sent, and no provider has', () => {
    expect(wrongs([told()], [recorded()], [])).toEqual([['lost', 'E1.0']]);
  });
  test('what only the sweeper found', () => {
    const swept = recorded({ state: 'failed', reason: 'lost', endedAt: iso(90_000) });
    expect(wrongs([told()], [swept], [])).toEqual([['lost', 'E1.0']]);
    const forgotten = recorded({
      state: 'failed',
      reason: 'outcome-unknown',
      endedAt: iso(95_000),
      timeline: [
        step('claimed', 10, { attempt: 1 }),
        step('failed', 95_000, { attempt: 1, reason: 'outcome-unknown' }),
      ],
    });
    expect(wrongs([told()], [forgotten], [])).toEqual([['lost', 'E1.0']]);
  });
  test('not what was never answered with 202, nor what expired however late', () => {
    expect(wrongs([told({ answers: [{ status: 0 }] })], [recorded({ state: 'accepted' })], [])).toEqual([]);
    const expired = recorded({ state: 'expired', reason: 'deadline', endedAt: iso(100_000) });
    expect(wrongs([told()], [expired], [])).toEqual([]);
  });
});

describe('doubled', () => {
  const taken = [
    step('claimed', 10, { attempt: 1 }),
    step('taken-over', 3_010, { attempt: 1 }),
    step('sent', 3_020, { attempt: 1, reason: 'accepted' }),
  ];
  const unknown = [
    step('claimed', 10, { attempt: 1 }),
    step('retry', 20, { attempt: 1, reason: 'outcome-unknown' }),
    step('claimed', 300, { attempt: 2 }),
    step('sent', 310, { attempt: 2, reason: 'accepted' }),
  ];

  test('without a reason in the ledger is wrong', () => {
    expect(wrongs([told()], [recorded()], [received(), received()])).toEqual([['doubled', 'E1.0']]);
  });
  test.each([
    ['a take-over', taken, 'attempt 1 was taken over'],
    ['an unknown reply', unknown, 'attempt 1 had no answer'],
  ])('after %s is inside the window, and shown with why', (_name, timeline, why) => {
    const { findings, inside } = account([told()], [recorded({ timeline })], [received(), received()]);
    expect(findings).toEqual([]);
    expect(inside).toEqual([{ messageId: 'E1.0', times: 2, because: [expect.stringContaining(why)] }]);
  });
  test('once more often than there are reasons is wrong', () => {
    const arrivals = [received(), received(), received()];
    expect(wrongs([told()], [recorded({ timeline: taken })], arrivals)).toEqual([['doubled', 'E1.0']]);
  });
  test('under at-most-once is wrong, whatever the ledger says', () => {
    const call = told({ guarantee: 'at-most-once' });
    expect(wrongs([call], [recorded({ timeline: unknown })], [received(), received()])).toEqual([['doubled', 'E1.0']]);
  });
});

describe('late', () => {
  const calledAt = (at: number, resultAt: number): Recorded =>
    recorded({
      timeline: [
        step('claimed', at, { attempt: 1, provider: 'smtp' }),
        step('sent', resultAt, { attempt: 1, provider: 'smtp', reason: 'accepted' }),
      ],
    });

  test('is what was called after its deadline, and arrived', () => {
    expect(wrongs([told()], [calledAt(59_900, 62_300)], [received('E1.0', 62_200)])).toEqual([]);
    expect(wrongs([told()], [calledAt(60_010, 60_100)], [received('E1.0', 60_050)])).toEqual([['late', 'E1.0']]);
    expect(wrongs([told()], [recorded({ timeline: [] })], [received('E1.0', 62_600)])).toEqual([['late', 'E1.0']]);
  });
  test('is not what a busy server left lying: the call was over, or could not begin any more', () => {
    expect(wrongs([told()], [calledAt(100, 1_700)], [received('E1.0', 64_000)])).toEqual([]);
    expect(wrongs([told()], [calledAt(59_000, 90_000)], [received('E1.0', 64_000)])).toEqual([]);
  });
});

test('what contradicts itself is found, with what each source says', () => {
  const expired = recorded({ state: 'expired', reason: 'deadline' });
  expect(account([told()], [expired], [received()]).findings).toEqual([
    {
      wrong: 'contradicted',
      messageId: 'E1.0',
      why: 'it is expired/deadline, and a provider has it',
      told: 'reset (at-least-once): 202',
      ledger: expect.stringMatching(/^expired\/deadline, deadline .* > claimed 1/),
      received: iso(15),
    },
  ]);
  expect(wrongs([told()], [recorded({ state: 'dead', reason: 'unreadable' })], [])).toEqual([['contradicted', 'E1.0']]);
  expect(wrongs([], [], [received('E9.0')])).toEqual([['unexplained', 'E9.0']]);
  expect(wrongs([told({ answers: [{ status: 409 }] })], [], [])).toEqual([['refused', 'r1']]);
  const twice = [
    { status: 202, executionId: 'E1' },
    { status: 202, executionId: 'E2' },
  ];
  expect(wrongs([told({ answers: twice })], [recorded()], [received()])).toEqual([['answer-changed', 'E1']]);
});
