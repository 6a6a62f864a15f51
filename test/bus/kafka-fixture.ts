import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@herald/bus';
import { createKafkaBus, type KafkaLogLine, type KafkaMetric, type KafkaSettingsInput } from '@herald/bus/kafka';
import { runUntilKilled, type BusUnderTest, type Features, type Fixture } from '@herald/bus/conformance';
import type { TopicSpec } from '@herald/contracts';
import { systemRuntime } from '@herald/service-kit';
import { Kafka, logLevel, type Admin } from 'kafkajs';

/** So that nothing takes longer than it must. */
export const QUICK = {
  singleBroker: true,
  heartbeatMs: 100,
  sessionTimeoutMs: 2_000,
  rebalanceTimeoutMs: 6_000,
  maxWaitMs: 100,
  commitMs: 50,
  publishTimeoutMs: 3_000,
  closeTimeoutMs: 2_000,
} as const satisfies Partial<KafkaSettingsInput>;

export const KAFKA_FEATURES: Features = {
  killable: true,
  // A cluster that is gone may come back: `testBusOutages` looks at that.
  breakable: false,
  retention: true,
  foreign: true,
  sessionMs: QUICK.sessionTimeoutMs,
};

export interface KafkaUnderTest extends BusUnderTest {
  readonly metrics: readonly KafkaMetric[];
  readonly logs: readonly KafkaLogLine[];
  /** Before the name of each topic and group on the cluster. */
  readonly prefix: string;
}

export const kafkaFixture = (brokers: readonly string[]): Fixture => ({
  features: KAFKA_FEATURES,
  create: (topics) => createKafka(brokers, topics),
});

/** Longer times are not waited for: what retention would delete by then is deleted. */
const WAIT_MS = 10_000;

export async function createKafka(
  brokers: readonly string[],
  topics: readonly TopicSpec[],
  more: Partial<KafkaSettingsInput> = {},
): Promise<KafkaUnderTest> {
  const prefix = `t${randomUUID().slice(0, 8)}.`;
  const settings: KafkaSettingsInput = { ...QUICK, brokers: [...brokers], prefix, ...more };
  const metrics: KafkaMetric[] = [];
  const logs: KafkaLogLine[] = [];
  const open = (): Promise<Bus> =>
    createKafkaBus({
      settings,
      topics,
      clock: systemRuntime.clock,
      observer: { onMetric: (metric) => metrics.push(metric), onLog: (line) => logs.push(line) },
    });
  let bus = await open();
  const passed: { readonly at: number; readonly ms: number }[] = [];
  const killed = async (script: string, args: readonly string[]): Promise<readonly string[]> => {
    await bus.close();
    const lines = await runUntilKilled(new URL(script, import.meta.url), [
      JSON.stringify({ settings, topics }),
      ...args,
    ]);
    bus = await open();
    return lines;
  };

  return {
    bus,
    metrics,
    logs,
    prefix,
    reopen: async () => {
      await bus.close();
      bus = await open();
      return bus;
    },
    pass: async (ms) => {
      if (ms < WAIT_MS) return delay(ms);
      // Records have their time from the broker, in milliseconds: none is to share the one that divides them.
      await delay(2);
      passed.push({ at: Date.now(), ms });
      await delay(2);
      await withAdmin(brokers, async (admin) => {
        for (const { name, retentionMs } of topics) await expire(admin, prefix + name, lastPassed(passed, retentionMs));
      });
    },
    publishUntilKilled: async (topic) => {
      const resolved = await killed('./kafka-publisher.ts', [topic]);
      return { bus, resolved };
    },
    consumeUntilKilled: async (topic, group) => {
      const acknowledged = await killed('./kafka-consumer.ts', [topic, group]);
      return { bus, acknowledged };
    },
    publishRaw: async (topic, { key, headers, value }) => {
      const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({
        createPartitioner: () => () => 0,
      });
      await producer.connect();
      const raw = Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes)]));
      const message = { key: key && Buffer.from(key), value: value && Buffer.from(value), headers: raw };
      await producer.send({ topic: prefix + topic, messages: [message] });
      await producer.disconnect();
    },
    dispose: async () => {
      await bus.close();
      await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: topics.map(({ name }) => prefix + name) }));
    },
  };
}

export async function withAdmin<T>(brokers: readonly string[], action: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await action(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The last moment before which everything has become older than that. */
function lastPassed(passed: readonly { readonly at: number; readonly ms: number }[], age: number): number | undefined {
  let sum = 0;
  for (const { at, ms } of passed.toReversed()) {
    sum += ms;
    if (sum > age) return at;
  }
  return undefined;
}

async function expire(admin: Admin, topic: string, before: number | undefined): Promise<void> {
  if (before === undefined) return;
  const partitions = await admin.fetchTopicOffsetsByTimestamp(topic, before);
  await admin.deleteTopicRecords({ topic, partitions });
}
