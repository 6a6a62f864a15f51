import type { WebhookAttempt, WebhookTask } from '@herald/contracts';
import type { DeliveryRecord, WebhookRecord } from '@herald/store';

/** What a task asks for, by what is stored. */
export type Step =
  /** It was done, or is none. */
  | { readonly kind: 'drop' }
  /** Its attempt was made and stored, and what was to follow may be lost: this attempt is due at that time. */
  | { readonly kind: 'follow'; readonly attempt: number; readonly notBefore: number }
  /** It ends without a further attempt. */
  | { readonly kind: 'end'; readonly reason: NonNullable<DeliveryRecord['reason']> }
  | { readonly kind: 'attempt' };

export function stepOf(
  task: WebhookTask,
  delivery: DeliveryRecord | undefined,
  webhook: WebhookRecord | undefined,
  now: number,
): Step {
  if (delivery === undefined) return { kind: 'drop' };
  const pending = delivery.state === 'pending';
  const opens = task.round === delivery.round + 1 && !pending && task.attempt === 1;
  if (!opens) {
    if (task.round !== delivery.round || !pending) return { kind: 'drop' };
    const made = madeIn(delivery, task.round);
    if (task.attempt === made) {
      return { kind: 'follow', attempt: made + 1, notBefore: delivery.nextAttemptAt ?? now };
    }
    if (task.attempt !== made + 1) return { kind: 'drop' };
  }
  if (webhook === undefined) return { kind: 'end', reason: 'webhook-deleted' };
  if (webhook.status !== 'enabled') return { kind: 'end', reason: 'webhook-disabled' };
  return now >= task.deadline ? { kind: 'end', reason: 'expired' } : { kind: 'attempt' };
}

const madeIn = ({ attempts }: DeliveryRecord, round: number): number =>
  attempts.filter((one) => one.round === round).length;

/** The delivery without a further attempt. */
export const ended = (
  { nextAttemptAt: _next, ...delivery }: DeliveryRecord,
  { round, deadline }: WebhookTask,
  reason: NonNullable<DeliveryRecord['reason']>,
): DeliveryRecord => ({ ...delivery, revision: delivery.revision + 1, state: 'failed', reason, round, deadline });

export interface Outcome {
  readonly attempt: WebhookAttempt;
  readonly taken: boolean;
  readonly gone: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** More are left out, the oldest first: a delivery that is replayed again and again does not grow. Those of a round are counted, so they all stay. */
const KEPT_ATTEMPTS = 50;

/** The delivery after an attempt at it. `policyMs`: how long to wait before the second, the third, and so on. */
export function attempted(
  delivery: DeliveryRecord,
  { round, deadline }: WebhookTask,
  { attempt, taken, gone, retryAfterMs = 0 }: Outcome,
  policyMs: readonly number[],
): DeliveryRecord {
  const { nextAttemptAt: _next, reason: _reason, ...rest } = delivery;
  const attempts = [...delivery.attempts, attempt].slice(-Math.max(KEPT_ATTEMPTS, policyMs.length + 1));
  const next = { ...rest, revision: delivery.revision + 1, round, deadline, attempts };
  if (taken) return { ...next, state: 'delivered' };
  if (gone) return { ...next, state: 'failed', reason: 'gone' };
  const waitMs = policyMs[attempt.attempt - 1];
  if (waitMs === undefined) return { ...next, state: 'failed', reason: 'exhausted' };
  const nextAttemptAt = attempt.at + attempt.durationMs + Math.max(waitMs, retryAfterMs);
  if (nextAttemptAt >= deadline) return { ...next, state: 'failed', reason: 'expired' };
  return { ...next, state: 'pending', nextAttemptAt };
}
