import type { Delivery, NewRecord } from '@herald/bus';
import { DEAD_TOPIC, ladderTopic, messageHeadersSchema, type Lane } from '@herald/contracts';
import { deadLetterRecord, rungFor, type Pipeline } from '@herald/pipeline';

/**
 * Republishes records that waited out a rung: to the next rung while their time has not come, then to the topic they
 * came from. A repeat is harmless, because the attempt's claim is unique.
 */
export function createForwarder(pipeline: Pipeline): (lane: Lane, batch: readonly Delivery[]) => Promise<void> {
  const { runtime, settings } = pipeline;

  function next(lane: Lane, delivery: Delivery, now: number): NewRecord {
    const { key, value, headers } = delivery;
    const parsed = messageHeadersSchema.safeParse(headers);
    const origin = parsed.data?.['origin-topic'];
    if (parsed.data === undefined || origin === undefined) return unreadable(delivery, now);
    const { deadline, 'not-before': notBefore = now } = parsed.data;
    const waitMs = notBefore - now;
    // What is past its deadline goes back at once: the stage that meets it ends it.
    if (waitMs > 0 && now < deadline && waitMs >= (settings.ladderMs[0] as number) / 2) {
      return { topic: ladderTopic(lane, rungFor(waitMs, settings.ladderMs)), key, value, headers };
    }
    return { topic: origin, key, value, headers };
  }

  function unreadable(delivery: Delivery, now: number): NewRecord {
    const { topic, partition, offset } = delivery;
    return deadLetterRecord(delivery, {
      id: `${topic}/${partition}/${offset}`,
      reason: 'unreadable',
      stage: 'scheduler',
      detail: 'header origin-topic',
      at: now,
      attempts: 0,
      source: { topic, partition, offset },
      originTopic: DEAD_TOPIC,
    });
  }

  return async (lane, batch) => {
    const now = runtime.clock.now();
    await Promise.all(batch.map((delivery) => pipeline.publish(next(lane, delivery, now))));
  };
}
