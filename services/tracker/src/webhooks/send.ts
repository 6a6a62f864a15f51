import { decodeWebhookTask, isOutage, WEBHOOKS_TOPIC, type WebhookTask } from '@herald/contracts';
import type { Delivery } from '@herald/bus';
import type { Pump } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { createAttempts } from './attempt.ts';
import type { Directory } from './directory.ts';
import { createLanes, type Held } from './lanes.ts';

const GROUP = 'herald.tracker.webhooks.send';
const MAX_IN_FLIGHT = 500;
/** An endpoint that fails is looked at again after so long at most. */
const LONGEST_REST_MS = 300_000;
/** How long a shutdown waits for attempts that are under way; the others come again. */
const CLOSING_MS = 3_000;

/**
 * Tries what is to be tried. Unlike a pump it acknowledges record by record: an endpoint that hangs holds back nothing
 * but its own, and what its lane has no place for goes on the ladder.
 */
export async function startSending(deps: ServiceDeps, directory: Directory): Promise<Pump> {
  const { pipeline, config, metrics, log } = deps;
  const { bus, patience, settings, observer, runtime } = pipeline;
  const [firstMs = 0] = config.webhookRetryMs;
  const longestMs = Math.min(LONGEST_REST_MS, Math.max(firstMs, ...config.webhookRetryMs));
  const lanes = createLanes(runtime.clock, { firstMs, longestMs });
  const attempts = createAttempts(deps, directory, lanes);
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const underWay = new Set<Promise<void>>();
  /** Tasks in hand: one that was published twice is not tried twice at the same time. */
  const inHand = new Set<string>();
  let closing = false;
  let done = 0;

  async function handle(delivery: Delivery): Promise<'done' | 'left'> {
    const task = decodeWebhookTask(delivery);
    if (task === undefined) {
      log.warn({ topic: delivery.topic, offset: delivery.offset }, 'no delivery of a webhook');
      return 'done';
    }
    const key = keyOf(task);
    if (inHand.has(key)) return 'done';
    inHand.add(key);
    let held: Held | undefined;
    try {
      // What is too late ends without an attempt, so it needs no place.
      if (runtime.clock.now() >= task.deadline) await attempts.perform(task);
      else held = await lanes.run(task.webhookId, () => attempts.perform(task));
    } finally {
      inHand.delete(key);
    }
    if (held === undefined) return 'done';
    if (closing) return 'left';
    metrics.webhookHeld(held.why);
    await attempts.hold(task, held.waitMs);
    return 'done';
  }

  function take(delivery: Delivery): void {
    const handled = handle(delivery)
      .then((what) => {
        if (what === 'left') return;
        done += 1;
        delivery.ack();
      })
      .catch((error: unknown) => {
        if (!isOutage(error)) fail(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => underWay.delete(handled));
    underWay.add(handled);
  }

  const consumer = await bus.consume({
    topics: [WEBHOOKS_TOPIC],
    group: GROUP,
    maxInFlight: MAX_IN_FLIGHT,
    maxInFlightBytes: settings.maxInFlightBytes,
    onAlarm: (alarm) => observer.alarm(alarm.code, { group: alarm.group, ...alarm.position }),
    onBatch: (batch) => batch.forEach(take),
  });
  patience.onChange((waiting) => (waiting ? consumer.pause() : consumer.resume()));

  return {
    group: GROUP,
    topics: [WEBHOOKS_TOPIC],
    done: () => done,
    inHand: () => underWay.size,
    async close() {
      closing = true;
      consumer.pause();
      lanes.close();
      const waited = new AbortController();
      await Promise.race([Promise.all(underWay), runtime.clock.sleep(CLOSING_MS, waited.signal)]);
      waited.abort();
      await consumer.close();
    },
    ended: Promise.race([failed, consumer.ended]),
  };
}

const keyOf = ({ webhookId, deliveryId, round, attempt }: WebhookTask): string =>
  `${webhookId}/${deliveryId}/${round}/${attempt}`;
