import { Outage } from '@herald/contracts';
import type { Message, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client } from './client.ts';
import { within } from './deadline.ts';
import { canSendAgain, toOutage } from './errors.ts';
import type { LogFilter } from './log.ts';
import type { KafkaObserver } from './observer.ts';
import type { KafkaSettings } from './settings.ts';

/** What goes to one partition, in its order. Topics are called as on the cluster. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
}

export interface Sender {
  /**
   * Resolves when every record is on as many copies as the topic wants. Throws `Outage` within the publish timeout; the
   * records may be there or not then. To be called again only when it has resolved.
   */
  send(batches: readonly Batch[]): Promise<void>;
  /** What the last send failed for, until a producer is connected again. */
  readonly down: () => Outage | undefined;
  close(): Promise<void>;
}

const PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;

/**
 * An idempotent producer: what is sent again after a lost reply is not appended twice. Its numbering holds only as long
 * as the records of a failed send are the next ones to be sent. kafkajs takes the numbers of a failed send back, so a
 * later send would get them, and the broker, which may have appended the first, would take the later one for a repeat
 * and drop it, with success. So one send is outstanding, retries included, and a producer whose send failed for good is
 * given up, connections and all, and another one takes its place.
 */
export function createSender(settings: KafkaSettings, log: LogFilter, observer: KafkaObserver): Sender {
  let down: Outage | undefined;
  let closed = false;
  let current: Client | undefined;
  let connected: Promise<Producer>;
  /** Which producer it is the turn of: one that was given up while it connected must not come back. */
  let turn = 0;

  const connectOnce = async (): Promise<Producer> => {
    const client = createClient(settings, log.entry, {
      // The loops below are what retries; this is enough for a stale address.
      retry: { retries: 1, maxRetryTime: 200 },
      requestTimeoutMs: settings.publishTimeoutMs,
    });
    current = client;
    const producer = client.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 1,
      retry: { retries: 2, initialRetryTime: PAUSE_MS, maxRetryTime: 200 },
      createPartitioner: () => chosenBefore,
    });
    try {
      const patienceMs = 2 * settings.connectTimeoutMs;
      await within(patienceMs, producer.connect(), `Kafka: no connection within ${patienceMs} ms`);
      return producer;
    } catch (error) {
      client.kill();
      throw error;
    }
  };

  const connect = async (): Promise<Producer> => {
    const mine = (turn += 1);
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      try {
        const producer = await connectOnce();
        if (mine === turn) down = undefined;
        return producer;
      } catch (error) {
        if (mine !== turn) throw new Outage('unavailable', 'another producer took its place');
        if (down !== undefined) down = toOutage(error, 'publish', settings);
        await delay(pauseMs, undefined, { ref: false });
      }
    }
  };

  const begin = (): void => {
    connected = connect();
    // Whoever sends is told; until then nobody listens.
    connected.catch(() => undefined);
  };

  const replace = (error: unknown): Outage => {
    const outage = toOutage(error, 'publish', settings);
    // Its numbering is lost, but the cluster is there: the next send waits for the new producer.
    down = canSendAgain(error) ? outage : undefined;
    current?.kill();
    observer.onMetric({ kind: 'producer-replaced' });
    log.line({ level: 'error', message: outage.message });
    if (!closed) begin();
    return outage;
  };

  const attempt = async (batches: readonly Batch[], leftMs: number): Promise<Batch[]> => {
    const producer = await connected;
    const sent = await producer.sendBatch({ acks: -1, timeout: leftMs, topicMessages: byTopic(batches) });
    return unanswered(batches, sent);
  };

  begin();
  return {
    down: () => down,
    send: async (batches) => {
      const deadline = performance.now() + settings.publishTimeoutMs;
      let missing: readonly Batch[] = batches;
      let last: unknown;
      for (let pauseMs = PAUSE_MS; missing.length > 0; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
        const leftMs = Math.ceil(deadline - performance.now());
        if (leftMs <= 0) throw replace(last);
        try {
          const late = `Kafka: cannot publish: no acknowledgement within ${settings.publishTimeoutMs} ms`;
          missing = await within(leftMs, attempt(missing, leftMs), late);
        } catch (error) {
          // A late reply says less than what went wrong before.
          last = error instanceof Outage ? (last ?? error) : error;
          if (closed || !canSendAgain(error)) throw replace(last);
        }
        if (missing.length > 0) await delay(Math.min(pauseMs, Math.max(0, deadline - performance.now())));
      }
    },
    close: async () => {
      closed = true;
      turn += 1;
      const closing = connected.then((producer) => producer.disconnect());
      await within(settings.closeTimeoutMs, closing, '').catch(() => undefined);
      current?.kill();
    },
  };
}

const chosenBefore = ({ message }: { message: Message }): number => message.partition ?? 0;

function byTopic(batches: readonly Batch[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, messages } of batches) {
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, [...messages]);
    else known.push(...messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

/**
 * kafkajs resolves when every broker has answered that it meant to ask. When a partition moved meanwhile to a broker
 * that had answered already, its records were never sent: only what is in a reply is there.
 */
export const unanswered = (batches: readonly Batch[], replies: readonly RecordMetadata[]): Batch[] =>
  batches.filter(
    ({ topic, partition }) =>
      !replies.some((reply) => reply.topicName === topic && reply.partition === partition && reply.errorCode === 0),
  );
