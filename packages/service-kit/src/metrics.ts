import type { Channel, FeedbackKind, FinalState, Lane } from '@herald/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createProviderMetrics, type ProviderMetrics } from './provider-metrics.ts';

/** What Herald measures. Durations are seconds. No call throws. */
export interface Metrics extends ProviderMetrics {
  /** `count` recipients of one call were accepted. */
  messagesAccepted(channel: Channel, lane: Lane, count: number): void;
  /** A message has its final state, `seconds` after it was accepted. */
  messageEnded(channel: Channel, lane: Lane, state: FinalState, reason: string, seconds: number): void;
  stageDuration(stage: string, lane: Lane, channel: Channel, seconds: number): void;
  consumerLag(group: string, topic: string, records: number): void;
  providerReply(provider: string, kind: string, code: string): void;
  /** Somebody said something of a message: `taken`, or why not. `way`: how it came, `listener`, `dsn`, or a provider. */
  feedbackReceived(way: string, outcome: 'taken' | 'unknown' | 'not-evidence' | 'refused'): void;
  /** Feedback is stored beside its message. */
  feedbackStored(channel: Channel, provider: string, kind: FeedbackKind, reason: string): void;
  /** Feedback put an address on the suppression list. */
  addressSuppressed(channel: Channel, reason: string): void;
  alarm(code: string): void;
  /** `created`: a call made a profile. `held`: there were enough of them in that minute, and the message waits. */
  profileCreation(outcome: 'created' | 'held'): void;
  /** An attempt at a webhook: `delivered`, a status such as `status-500`, or why there was no answer. */
  webhookAttempt(outcome: string, seconds: number): void;
  /** A delivery waits because its endpoint rests, or has enough in hand. */
  webhookHeld(why: string): void;
  webhookDisabled(reason: string): void;
  /** One request to append `records`; `ok` is false when its callers were told of an outage. */
  published(records: number, seconds: number, ok: boolean): void;
  /** One request to write down how far a group is. */
  committed(group: string, seconds: number, ok: boolean): void;
  /** Partitions were shared out anew, and so many came to this process. */
  assigned(group: string, partitions: number): void;
  /** A consumer lost its place in the group and begins again. */
  consumerRestarted(group: string, reason: string): void;
  /** A producer whose last request failed for good gave way to a new one. */
  producerReplaced(): void;
  /** `use` is asked whenever the metrics are read: connections to the database, and commands that wait for one. */
  databasePool(use: () => { readonly open: number; readonly busy: number; readonly waiting: number }): void;
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
  const feedbackWays = new Counter({
    name: 'herald_feedback_received_total',
    help: 'What was said of messages, by the way it came and what became of it',
    labelNames: ['way', 'outcome'],
    registers,
  });
  const feedback = new Counter({
    name: 'herald_feedback_total',
    help: 'Feedback that is stored beside its message',
    labelNames: ['channel', 'provider', 'kind', 'reason'],
    registers,
  });
  const suppressed = new Counter({
    name: 'herald_addresses_suppressed_total',
    help: 'Addresses that feedback put on the suppression list',
    labelNames: ['channel', 'reason'],
    registers,
  });
  const alarms = new Counter({
    name: 'herald_alarms_total',
    help: 'What an operator must look at',
    labelNames: ['code'],
    registers,
  });
  const creations = new Counter({
    name: 'herald_profile_creations_total',
    help: 'Profiles that calls created, and messages that wait because there were enough of them',
    labelNames: ['outcome'],
    registers,
  });
  const webhookAttempts = new Counter({
    name: 'herald_webhook_attempts_total',
    help: 'Attempts at webhooks, by what came of them',
    labelNames: ['outcome'],
    registers,
  });
  const webhookSeconds = new Histogram({
    name: 'herald_webhook_duration_seconds',
    help: 'How long attempts at webhooks took',
    buckets: STAGE_BUCKETS,
    registers,
  });
  const webhooksHeld = new Counter({
    name: 'herald_webhook_held_total',
    help: 'Deliveries of webhooks that were put off without an attempt',
    labelNames: ['why'],
    registers,
  });
  const webhooksDisabled = new Counter({
    name: 'herald_webhooks_disabled_total',
    help: 'Webhooks that were disabled, by reason',
    labelNames: ['reason'],
    registers,
  });
  const publish = new Histogram({
    name: 'herald_publish_duration_seconds',
    help: 'Requests to append records to the log, until they are safe',
    labelNames: ['ok'],
    buckets: STAGE_BUCKETS,
    registers,
  });
  const publishedRecords = new Counter({
    name: 'herald_published_records_total',
    help: 'Records that were appended to the log',
    registers,
  });
  const commit = new Histogram({
    name: 'herald_commit_duration_seconds',
    help: 'Requests to write down how far a consumer group is',
    labelNames: ['group', 'ok'],
    buckets: STAGE_BUCKETS,
    registers,
  });
  const rebalances = new Counter({
    name: 'herald_rebalances_total',
    help: 'How often partitions were shared out anew',
    labelNames: ['group'],
    registers,
  });
  const assignedPartitions = new Gauge({
    name: 'herald_assigned_partitions',
    help: 'Partitions that this process has',
    labelNames: ['group'],
    registers,
  });
  const restarts = new Counter({
    name: 'herald_consumer_restarts_total',
    help: 'Consumers that lost their place in the group and began again',
    labelNames: ['group', 'reason'],
    registers,
  });
  const producers = new Counter({
    name: 'herald_producers_replaced_total',
    help: 'Producers that gave way to a new one after a request that failed for good',
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
    ...createProviderMetrics(registers),
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
    published: (records, seconds, ok) => {
      publish.labels(String(ok)).observe(seconds);
      if (ok) publishedRecords.inc(records);
    },
    committed: (group, seconds, ok) => commit.labels(group, String(ok)).observe(seconds),
    assigned: (group, partitions) => {
      rebalances.labels(group).inc();
      assignedPartitions.labels(group).set(partitions);
    },
    consumerRestarted: (group, why) => restarts.labels(group, why).inc(),
    producerReplaced: () => producers.inc(),
    databasePool: (use) => {
      void new Gauge({
        name: 'herald_database_connections',
        help: 'Connections to the database (open, busy), and commands that wait for one (waiting)',
        labelNames: ['kind'],
        registers,
        collect() {
          for (const [kind, count] of Object.entries(use())) this.labels(kind).set(count);
        },
      });
    },
    feedbackReceived: (way, outcome) => feedbackWays.labels(way, outcome).inc(),
    feedbackStored: (channel, provider, kind, why) => feedback.labels(channel, provider, kind, why).inc(),
    addressSuppressed: (channel, why) => suppressed.labels(channel, why).inc(),
    alarm: (code) => alarms.labels(code).inc(),
    profileCreation: (outcome) => creations.labels(outcome).inc(),
    webhookAttempt: (outcome, seconds) => {
      webhookAttempts.labels(outcome).inc();
      webhookSeconds.observe(seconds);
    },
    webhookHeld: (why) => webhooksHeld.labels(why).inc(),
    webhookDisabled: (reason) => webhooksDisabled.labels(reason).inc(),
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
