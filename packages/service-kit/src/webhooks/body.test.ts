import { expect, test } from '@jest/globals';
import type { WebhookEvent } from '@herald/contracts';
import { webhookBody } from './body.ts';

const TENANT = { org: 'acme', sandbox: 'prod' };
const at = '2026-01-01T00:00:00.000Z';
const failureOf = (event: WebhookEvent): unknown =>
  JSON.parse(webhookBody('ajo', TENANT, event)).messageDeliveryFeedback.messageFailure;

test.each([
  ['hard', 'mailbox-unknown', 'Hard'],
  ['soft', 'mailbox-full', 'Soft'],
  ['blocked', 'message-refused', 'Soft'],
] as const)('AJO is told that a %s bounce (%s) is %s', (bounce, reason, type) => {
  const event: WebhookEvent = { type: 'message.bounced', timestamp: at, data: { bounce, reason, at } };
  expect(failureOf(event)).toMatchObject({ category: 'async', type, reason });
});

test('a message that was refused at once is a hard failure', () => {
  const event: WebhookEvent = { type: 'message.failed', timestamp: at, data: { reason: 'mailbox-unknown', at } };
  expect(failureOf(event)).toMatchObject({ category: 'sync', type: 'Hard' });
});
