import { ladderTopic, encodeWebhookTask, type WebhookTask } from '@herald/contracts';
import { gather, rungFor } from '@herald/pipeline';
import { isTaken, type ServiceDeps } from '@herald/service-kit';
import type { DeliveryRecord, WebhookRecord } from '@herald/store';
import type { Directory } from './directory.ts';
import { disableWebhook } from './disable.ts';
import type { Lanes } from './lanes.ts';
import { attempted, ended, stepOf, type Outcome } from './plan.ts';

/** Deliveries wait beside newsletters: whatever they do, no one-time code waits behind them. */
const LANE = 'marketing';
/** How often it is written down that a webhook works, at most, while it does. */
const WORKING_EVERY_MS = 60_000;
/** What is put off again waits twice as long, so that a long backlog does not keep the log busy. */
const FIRST_HOLD_MS = 1_000;
const LONGEST_HOLD_MS = 60_000;
const GONE = 410;

export interface Attempts {
  /** Does what a task asks for; when it resolves, all of it is stored and what follows is on its topic. */
  perform(task: WebhookTask): Promise<void>;
  /** Puts a task off, on the ladder, without an attempt. */
  hold(task: WebhookTask, waitMs: number): Promise<void>;
}

export function createAttempts(deps: ServiceDeps, directory: Directory, lanes: Lanes): Attempts {
  const { pipeline, webhooks, metrics, config } = deps;
  const { store, runtime, publish, patience, settings } = pipeline;
  const { clock } = runtime;
  const worked = new Map<string, number>();

  interface Read {
    readonly delivery: DeliveryRecord | undefined;
    readonly webhook: WebhookRecord | undefined;
  }
  const read = gather<WebhookTask, Read>(
    (tasks) =>
      patience.persist(async () => {
        const keys = tasks.map((task) => ({ ...task, id: task.deliveryId }));
        const [snapshot, deliveries] = await Promise.all([directory(), store.webhookDeliveries.getMany(keys)]);
        const owners = await Promise.all(tasks.map((task) => snapshot.of(task)));
        return tasks.map(({ webhookId }, n) => ({
          delivery: deliveries[n],
          webhook: owners[n]?.find(({ id }) => id === webhookId),
        }));
      }),
    { maxItems: 200, concurrency: 2 },
  );
  const write = gather<DeliveryRecord, boolean>(
    (deliveries) => patience.persist(() => store.webhookDeliveries.replace(deliveries)),
    { maxItems: 200, concurrency: 2 },
  );

  function wait(task: WebhookTask, notBefore: number): Promise<void> {
    const rung = rungFor(Math.max(0, notBefore - clock.now()), settings.ladderMs);
    return publish({ topic: ladderTopic(LANE, rung), ...encodeWebhookTask(task, notBefore) });
  }

  async function post(task: WebhookTask, webhook: WebhookRecord, { event }: DeliveryRecord): Promise<Outcome> {
    const at = clock.now();
    const result = await webhooks.post(task, webhook, task.deliveryId, event, at);
    const durationMs = Math.max(0, clock.now() - at);
    const taken = isTaken(result);
    const answered = result.kind === 'answer';
    metrics.webhookAttempt(
      taken ? 'delivered' : answered ? `status-${result.status}` : result.code,
      durationMs / 1_000,
    );
    return {
      attempt: {
        round: task.round,
        attempt: task.attempt,
        at,
        durationMs,
        ...(answered ? { status: result.status, code: 'answered' } : { code: result.code }),
      },
      taken,
      gone: answered && result.status === GONE,
      retryAfterMs: answered ? result.retryAfterMs : undefined,
    };
  }

  /** What an attempt says of the webhook. */
  async function judge(task: WebhookTask, { attempt, taken, gone, retryAfterMs }: Outcome): Promise<void> {
    const { webhookId } = task;
    const tenant = { org: task.org, sandbox: task.sandbox };
    const now = clock.now();
    if (taken) {
      lanes.succeeded(webhookId, attempt.durationMs);
      if (now - (worked.get(webhookId) ?? 0) < WORKING_EVERY_MS) return;
      await patience.persist(() => store.webhooks.working(tenant, webhookId));
      worked.set(webhookId, now);
      return;
    }
    lanes.failed(webhookId, retryAfterMs);
    // The next success is written down at once.
    worked.delete(webhookId);
    if (gone) {
      await disableWebhook(deps, tenant, webhookId, 'gone');
      return;
    }
    const since = await patience.persist(() => store.webhooks.failing(tenant, webhookId, attempt.at));
    if (since === undefined || now - since < config.webhookDisableMs) return;
    // Every process writes down its own successes, and not each: what was delivered since is the last word.
    const page = { limit: 1, state: 'delivered' } as const;
    const { items } = await patience.persist(() => store.webhookDeliveries.list(tenant, webhookId, page));
    const works = items.some(({ attempts }) => (attempts.at(-1)?.at ?? 0) >= since);
    if (works) await patience.persist(() => store.webhooks.working(tenant, webhookId));
    else await disableWebhook(deps, tenant, webhookId, 'failing');
  }

  return {
    hold(task, waitMs) {
      const { holds = 0 } = task;
      const patienceMs = Math.min(FIRST_HOLD_MS * 2 ** holds, LONGEST_HOLD_MS);
      return wait({ ...task, holds: holds + 1 }, clock.now() + Math.max(waitMs, patienceMs));
    },
    async perform(task) {
      let outcome: Outcome | undefined;
      for (;;) {
        const { delivery, webhook } = await read(task);
        const step = stepOf(task, delivery, webhook, clock.now());
        if (delivery === undefined || step.kind === 'drop') return;
        if (step.kind === 'follow') {
          await wait(nextOf(task, step.attempt), step.notBefore);
          return;
        }
        if (step.kind === 'attempt' && outcome === undefined && webhook !== undefined) {
          outcome = await post(task, webhook, delivery);
          await judge(task, outcome);
        }
        const next =
          outcome === undefined
            ? ended(delivery, task, step.kind === 'end' ? step.reason : 'expired')
            : attempted(delivery, task, outcome, config.webhookRetryMs);
        // Somebody else wrote meanwhile: what is stored now says what is left to do.
        if (!(await write(next))) continue;
        if (next.state === 'pending') {
          await wait(nextOf(task, task.attempt + 1), next.nextAttemptAt ?? clock.now());
        }
        return;
      }
    },
  };
}

/** The task of another attempt: what it was put off before counts no more. */
const nextOf = ({ holds: _holds, ...task }: WebhookTask, attempt: number): WebhookTask => ({ ...task, attempt });
