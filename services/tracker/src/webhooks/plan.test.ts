import type { WebhookAttempt, WebhookTask } from '@herald/contracts';
import type { DeliveryRecord, WebhookRecord } from '@herald/store';
import { describe, expect, test } from '@jest/globals';
import { attempted, stepOf } from './plan.ts';

const NOW = 1_800_000_000_000;
const at = new Date(NOW).toISOString();
const task = (over: Partial<WebhookTask> = {}): WebhookTask => ({
  org: 'o',
  sandbox: 's',
  webhookId: 'w',
  deliveryId: 'd',
  round: 1,
  attempt: 1,
  deadline: NOW + 1_000,
  ...over,
});
const delivery = (over: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  org: 'o',
  sandbox: 's',
  webhookId: 'w',
  id: 'd',
  revision: 1,
  state: 'pending',
  round: 1,
  createdAt: NOW,
  deadline: NOW + 1_000,
  event: { type: 'message.sent', timestamp: at, data: { at } },
  attempts: [],
  ...over,
});
const webhook: WebhookRecord = {
  id: 'w',
  name: '',
  url: 'https://x.example',
  eventTypes: ['message.sent'],
  format: 'standard',
  status: 'enabled',
  secrets: [],
  revision: 1,
  createdAt: at,
  modifiedAt: at,
};
const made = (attempt: number, round = 1): WebhookAttempt => ({
  round,
  attempt,
  at: NOW,
  durationMs: 10,
  status: 500,
  code: 'answered',
});

describe('what a task asks for', () => {
  test.each([
    ['the first attempt', task(), delivery(), webhook, { kind: 'attempt' }],
    ['the next one', task({ attempt: 2 }), delivery({ attempts: [made(1)] }), webhook, { kind: 'attempt' }],
    [
      'one that was made, and what follows may be lost',
      task(),
      delivery({ attempts: [made(1)], nextAttemptAt: NOW + 50 }),
      webhook,
      { kind: 'follow', attempt: 2, notBefore: NOW + 50 },
    ],
    ['one long made', task(), delivery({ attempts: [made(1), made(2)] }), webhook, { kind: 'drop' }],
    ['one of the future', task({ attempt: 3 }), delivery({ attempts: [made(1)] }), webhook, { kind: 'drop' }],
    ['what is delivered', task(), delivery({ state: 'delivered', attempts: [made(1)] }), webhook, { kind: 'drop' }],
    ['a replay', task({ round: 2 }), delivery({ state: 'failed', attempts: [made(1)] }), webhook, { kind: 'attempt' }],
    ['a replay of what is tried', task({ round: 2 }), delivery(), webhook, { kind: 'drop' }],
    ['a replay that was opened', task({ round: 2 }), delivery({ round: 3 }), webhook, { kind: 'drop' }],
    ['nothing that is stored', task(), undefined, webhook, { kind: 'drop' }],
    ['a webhook that is gone', task(), delivery(), undefined, { kind: 'end', reason: 'webhook-deleted' }],
    [
      'one that is disabled',
      task(),
      delivery(),
      { ...webhook, status: 'disabled' as const },
      { kind: 'end', reason: 'webhook-disabled' },
    ],
    ['what is too late', task({ deadline: NOW }), delivery(), webhook, { kind: 'end', reason: 'expired' }],
  ])('%s', (_, asked, stored, owner, step) => {
    expect(stepOf(asked, stored, owner, NOW)).toEqual(step);
  });
});

describe('after an attempt', () => {
  const outcome = { attempt: made(1), taken: false, gone: false };

  test('it waits as the policy says, or longer where it was asked to', () => {
    const next = attempted(delivery(), task(), outcome, [100]);
    expect(next).toMatchObject({ state: 'pending', revision: 2, nextAttemptAt: NOW + 110, attempts: [made(1)] });
    expect(attempted(delivery(), task(), { ...outcome, retryAfterMs: 500 }, [100]).nextAttemptAt).toBe(NOW + 510);
  });

  test.each([
    ['taken', { ...outcome, taken: true }, [100], { state: 'delivered' }],
    ['gone', { ...outcome, gone: true }, [100], { state: 'failed', reason: 'gone' }],
    ['the last', outcome, [], { state: 'failed', reason: 'exhausted' }],
    ['with no time left for another', outcome, [990], { state: 'failed', reason: 'expired' }],
  ] as const)('it is over: %s', (_, result, policy, end) => {
    const next = attempted(delivery({ nextAttemptAt: NOW }), task(), result, policy);
    expect(next).toMatchObject(end);
    expect(next).not.toHaveProperty('nextAttemptAt');
  });
});
