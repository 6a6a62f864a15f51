import {
  DEAD_TOPIC,
  decodeMessage,
  deadLetterHeadersSchema,
  STATUS_TOPIC,
  type DeadLetter,
  type EventBody,
} from '@herald/contracts';
import type { Delivery } from '@herald/bus';
import { startPump, workers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { startFeedback, type FeedbackService } from './feedback/index.ts';
import { startQuarantine } from './quarantine.ts';
import { startWebhooks } from './webhooks/index.ts';

/** Starts the role: what counts and takes feedback, and what tells webhooks. Neither waits for the other. */
export async function start(deps: ServiceDeps): Promise<FeedbackService> {
  const counting = await startCounting(deps);
  const webhooks = await startWebhooks(deps);
  return {
    api: counting.api,
    watched: [...counting.watched, ...webhooks.watched],
    failed: Promise.race([counting.failed, webhooks.failed]),
    close: async () => {
      await counting.close();
      await webhooks.close();
    },
  };
}

/** Counts how messages ended, makes the indexes of that and of the dead letters, and takes feedback. */
export async function startCounting(deps: ServiceDeps): Promise<FeedbackService> {
  const { pipeline, metrics, log, config } = deps;
  const quarantine = startQuarantine(deps);
  /** They may speak of messages by ids of their own. */
  const speaking = new Set(config.feedbackSecrets?.map(({ name }) => name));
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
      const named = ended.flatMap(({ provider, providerMessageId, messageId }) =>
        provider !== undefined && providerMessageId !== undefined && speaking.has(provider)
          ? [{ provider, providerMessageId, messageId }]
          : [],
      );
      if (named.length > 0) await pipeline.store.feedback.name(named);
      // Counted once it is stored: an outage makes this batch come here again.
      for (const { channel, lane, state, reason, at, times } of ended) {
        metrics.messageEnded(channel, lane, state, reason, (at - times.accepted) / 1_000);
      }
      quarantine.count(ended);
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
  const feedback = await startFeedback(deps);
  const counting = workers([status, dead]);
  return {
    api: feedback.api,
    watched: [...counting.watched, ...feedback.watched],
    failed: Promise.race([counting.failed, feedback.failed, quarantine.failed]),
    async close() {
      await feedback.close();
      await Promise.all([counting.close(), quarantine.close()]);
    },
  };
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
        ...(parsed.data['dead-stack'] === undefined ? {} : { stack: parsed.data['dead-stack'].split(' ') }),
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
