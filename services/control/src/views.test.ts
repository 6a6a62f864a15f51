import { executionViewSchema, messageViewSchema } from '@herald/contracts';
import type { AttemptRecord, ClaimEntry, ResultEntry, StoredExecution } from '@herald/store';
import { expect, test } from '@jest/globals';
import { viewExecution, viewMessage } from './views.ts';

const T = Date.parse('2026-05-01T12:00:00.000Z');
const execution: StoredExecution = {
  executionId: 'HUMA-1',
  org: 'acme',
  sandbox: 'prod',
  campaignId: 'c',
  campaignVersion: 3,
  requestId: 'r',
  keyId: 'k',
  channel: 'email',
  lane: 'transactional',
  guarantee: 'at-least-once',
  bodyHash: 'b',
  recipients: ['h0', 'h1', 'h2'],
  acceptedAt: T,
  deadline: T + 60_000,
  confirmed: true,
};

const claim = (at: number, over: Partial<ClaimEntry> = {}): ClaimEntry => ({
  messageId: 'HUMA-1.0',
  round: 1,
  attempt: 1,
  at: T + at,
  org: 'acme',
  sandbox: 'prod',
  executionId: 'HUMA-1',
  stage: 'sender-email',
  times: { accepted: T, resolved: T + 2, rendered: T + 5 },
  plan: { kind: 'call', provider: 'smtp', leaseUntil: T + 30_000 },
  ...over,
});
const result = (at: number, outcome: ResultEntry['outcome'], over: Partial<ResultEntry> = {}): ResultEntry => ({
  messageId: 'HUMA-1.0',
  round: 1,
  attempt: 1,
  at: T + at,
  outcome,
  ...over,
});
const retry = (reason: string) => ({ kind: 'retry', notBefore: T + 1_000, reason, detail: '451 4.7.1' }) as const;
const sent = { kind: 'final', state: 'sent', reason: 'accepted' } as const;
const view = (attempts: readonly AttemptRecord[]) => {
  const seen = viewMessage(execution, 0, attempts);
  expect(messageViewSchema.strict().parse(seen)).toEqual(seen);
  return seen;
};
const steps = (attempts: readonly AttemptRecord[]): string[] =>
  view(attempts).timeline.map(({ step, ms, attempt }) =>
    [step, ms, attempt].filter((part) => part !== undefined).join(' '),
  );

test('not claimed: accepted', () => {
  const seen = view([]);
  expect(seen).toMatchObject({
    messageId: 'HUMA-1.0',
    state: 'accepted',
    attempts: 0,
    deadline: '2026-05-01T12:01:00.000Z',
  });
  expect(seen.timeline).toEqual([{ step: 'accepted', at: '2026-05-01T12:00:00.000Z', ms: 0 }]);
  for (const absent of ['reason', 'provider', 'endedAt', 'detail']) expect(seen).not.toHaveProperty(absent);
});

test('claimed without a result: sending, whether it calls or ends', () => {
  expect(view([{ claim: claim(7), takeovers: [] }])).toMatchObject({ state: 'sending', provider: 'smtp', attempts: 1 });
  const ending = { kind: 'end', ending: { state: 'excluded', reason: 'suppressed' } } as const;
  const seen = view([{ claim: claim(7, { plan: ending }), takeovers: [] }]);
  expect(seen).toMatchObject({ state: 'sending', attempts: 0 });
  expect(seen).not.toHaveProperty('endedAt');
});

test('to be tried again: retrying, with why', () => {
  const seen = view([{ claim: claim(7), takeovers: [], result: result(9, retry('smtp-4xx')) }]);
  expect(seen).toMatchObject({ state: 'retrying', reason: 'smtp-4xx', detail: '451 4.7.1', attempts: 1 });
  expect(seen).not.toHaveProperty('endedAt');
});

test('a message that came through after a retry and a take-over tells every step', () => {
  const attempts = [
    { claim: claim(7), takeovers: [], result: result(9, retry('smtp-4xx')) },
    {
      claim: claim(1_010, { attempt: 2 }),
      takeovers: [{ messageId: 'HUMA-1.0', round: 1, attempt: 2, at: T + 2_000, k: 1, leaseUntil: T + 5_000 }],
      result: result(2_004, sent, { attempt: 2, provider: 'smtp', providerMessageId: 'q-7' }),
    },
  ];
  expect(view(attempts)).toMatchObject({
    state: 'sent',
    reason: 'accepted',
    attempts: 2,
    provider: 'smtp',
    providerMessageId: 'q-7',
    endedAt: '2026-05-01T12:00:02.004Z',
  });
  expect(steps(attempts)).toEqual([
    'accepted 0',
    'resolved 2',
    'rendered 3',
    'claimed 2 1',
    'retry 2 1',
    'claimed 1001 2',
    'taken-over 990 2',
    'sent 4 2',
  ]);
});

test('a newer round is what counts', () => {
  const failed = { kind: 'final', state: 'failed', reason: 'smtp-5xx', detail: '550' } as const;
  const first = { claim: claim(7), takeovers: [], result: result(9, failed) };
  expect(view([first, { claim: claim(90, { round: 2 }), takeovers: [] }])).toMatchObject({
    state: 'sending',
    attempts: 1,
  });
  expect(view([first])).toMatchObject({ state: 'failed', reason: 'smtp-5xx', detail: '550' });
});

test('a clock that is behind shows as no time', () => {
  expect(steps([{ claim: claim(-4), takeovers: [] }]).at(-1)).toBe('claimed 0 1');
});

test('an execution counts its messages by state', () => {
  const done = { claim: claim(7), takeovers: [], result: result(9, sent) };
  const seen = viewExecution(execution, [[done], [], [done]]);
  expect(executionViewSchema.strict().parse(seen)).toEqual(seen);
  expect(seen.states).toEqual({ sent: 2, accepted: 1 });
  expect(seen.messages.map(({ messageId }) => messageId)).toEqual(['HUMA-1.0', 'HUMA-1.1', 'HUMA-1.2']);
});
