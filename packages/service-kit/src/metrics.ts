import type { Channel, FinalState, Lane } from '@herald/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What Herald measures. Durations are seconds. No call throws. */
export interface Metrics {
  /** `count` recipients of one call were accepted. */
  messagesAccepted(channel: Channel, lane: Lane, count: number): void;
  /** A message has its final state, `seconds` after it was accepted. */
  messageEnded(channel: Channel, lane: Lane, state: FinalState, reason: string, seconds: number): void;
  stageDuration(stage: string, lane: Lane, channel: Channel, seconds: number): void;
  consumerLag(group: string, topic: string, records: number): void;
  providerReply(provider: string, kind: string, code: string): void;
  alarm(code: string): void;
  /** How much data is stored, and how much can be, in bytes. */
  storageRoom(usedBytes: number, capacityBytes: number): void;
  /** `route` is the pattern that matched, never the path. */
  httpRequest(route: string, status: number, seconds: number): void;
  /** The text that Prometheus reads. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const STAGE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MESSAGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const accepted = new Counter({
    name: 'herald_messages_accepted_total',
    help: 'Recipients of accepted calls',
    labelNames: ['channel', 'lane'],
    registers,
  });
  const ended = new Counter({
    name: 'herald_messages_ended_total',
    help: 'Messages by final state and reason',
    labelNames: ['channel', 'lane', 'state', 'reason'],
    registers,
  });
  const endToEnd = new Histogram({
    name: 'herald_message_duration_seconds',
    help: 'From acceptance to the final state',
    labelNames: ['channel', 'lane', 'state'],
    buckets: MESSAGE_BUCKETS,
    registers,
  });
  const stages = new Histogram({
    name: 'herald_stage_duration_seconds',
    help: 'How long a stage had a message',
    labelNames: ['stage', 'lane', 'channel'],
    buckets: STAGE_BUCKETS,
    registers,
  });
  const lag = new Gauge({
    name: 'herald_consumer_lag',
    help: 'Records that a consumer group has not committed',
    labelNames: ['group', 'topic'],
    registers,
  });
  const room = new Gauge({
    name: 'herald_storage_bytes',
    help: 'Data that is stored (used), and that can be (capacity)',
    labelNames: ['kind'],
    registers,
  });
  const replies = new Counter({
    name: 'herald_provider_replies_total',
    help: 'Replies of providers',
    labelNames: ['provider', 'kind', 'code'],
    registers,
  });
  const alarms = new Counter({
    name: 'herald_alarms_total',
    help: 'What an operator must look at',
    labelNames: ['code'],
    registers,
  });
  const http = new Histogram({
    name: 'herald_http_request_duration_seconds',
    help: 'HTTP requests by route and status',
    labelNames: ['route', 'status'],
    buckets: STAGE_BUCKETS,
    registers,
  });

  const acceptedOf = labelled((values) => accepted.labels(...values));
  const endedOf = labelled((values) => ended.labels(...values));
  const endToEndOf = labelled((values) => endToEnd.labels(...values));
  const stageOf = labelled((values) => stages.labels(...values));
  const replyOf = labelled((values) => replies.labels(...values));
  const httpOf = labelled((values) => http.labels(...values));

  return {
    messagesAccepted: (channel, lane, count) => acceptedOf(channel, lane).inc(count),
    messageEnded: (channel, lane, state, reason, seconds) => {
      endedOf(channel, lane, state, reason).inc();
      endToEndOf(channel, lane, state).observe(seconds);
    },
    stageDuration: (stage, lane, channel, seconds) => stageOf(stage, lane, channel).observe(seconds),
    consumerLag: (group, topic, records) => lag.labels(group, topic).set(records),
    providerReply: (provider, kind, code) => replyOf(provider, kind, code).inc(),
    storageRoom: (usedBytes, capacityBytes) => {
      room.labels('used').set(usedBytes);
      room.labels('capacity').set(capacityBytes);
    },
    alarm: (code) => alarms.labels(code).inc(),
    httpRequest: (route, status, seconds) => httpOf(route, String(status)).observe(seconds),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Finding a metric's child hashes an object of labels each time: on the hot path it is found once per combination. */
function labelled<T>(find: (values: string[]) => T): (...values: string[]) => T {
  const children = new Map<string, T>();
  return (...values) => {
    const key = values.join('\n');
    let child = children.get(key);
    if (child === undefined) {
      child = find(values);
      children.set(key, child);
    }
    return child;
  };
}
