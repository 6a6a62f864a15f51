import {
  DEAD_TOPIC,
  decodeMessage,
  deadLetterHeadersSchema,
  STATUS_TOPIC,
  type DeadLetter,
  type EventBody,
} from '@herald/contracts';
import type { Delivery } from '@herald/bus';
import { startPump, workers, type Workers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { startWebhooks } from './webhooks/index.ts';

/** Starts the role: what counts, and what tells webhooks. Neither waits for the other. */
export async function start(deps: ServiceDeps): Promise<Workers> {
  const parts = [await startCounting(deps), await startWebhooks(deps)];
  return {
    watched: parts.flatMap(({ watched }) => watched),
    failed: Promise.race(parts.map(({ failed }) => failed)),
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

/** Counts how messages ended, and makes the indexes of that and of the dead letters. */
export async function startCounting({ pipeline, metrics, log }: ServiceDeps): Promise<Workers> {
  const status = await startPump(pipeline, {
    group: 'herald.tracker.status',
    topics: [STATUS_TOPIC],
    maxInFlight: 2_000,
    handle: async (batch) => {
      const ended: EventBody<'message.status.v1'>[] = [];
      for (const delivery of batch) {
        const decoded = decodeMessage('message.status.v1', delivery);
        if (decoded.kind === 'message') ended.push(decoded.body);
        else log.warn({ kind: decoded.kind, offset: delivery.offset }, 'status event not counted');
      }
      await pipeline.store.endings.insert(ended);
      // Counted once it is stored: an outage makes this batch come here again.
      for (const { channel, lane, state, reason, at, times } of ended) {
        metrics.messageEnded(channel, lane, state, reason, (at - times.accepted) / 1_000);
      }
    },
  });
  const dead = await startPump(pipeline, {
    group: 'herald.tracker.dead',
    topics: [DEAD_TOPIC],
    maxInFlight: 500,
    handle: async (batch) => {
      const letters = batch.map(letterOf);
      for (const { id, reason, stage } of letters) log.warn({ id, reason, stage }, 'dead letter');
      await pipeline.store.deadLetters.insert(letters);
    },
  });
  return workers([status, dead]);
}

/** A dead letter is listed even when nothing of it can be read. */
function letterOf(delivery: Delivery): DeadLetter {
  const { topic, partition, offset, headers, timestamp } = delivery;
  const position = { topic, partition, offset };
  const parsed = deadLetterHeadersSchema.safeParse(headers);
  const why = parsed.success
    ? {
        id: parsed.data['dead-id'],
        reason: parsed.data['dead-reason'],
        stage: parsed.data['dead-stage'],
        detail: parsed.data['dead-detail'],
        attempts: parsed.data['dead-attempts'],
        at: parsed.data['dead-at'],
        ...(parsed.data['dead-campaign'] === undefined ? {} : { campaignId: parsed.data['dead-campaign'] }),
      }
    : {
        id: `${topic}/${partition}/${offset}`,
        reason: 'unreadable',
        stage: 'tracker',
        detail: '',
        attempts: 0,
        at: timestamp,
      };
  const { org, sandbox, 'message-id': messageId } = headers;
  return {
    ...why,
    position,
    ...(org && sandbox ? { org, sandbox } : {}),
    ...(messageId ? { messageId } : {}),
  };
}
