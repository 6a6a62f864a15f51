import { Misconfigured, Outage, type Clock, type TopicSpec } from '@herald/contracts';
import type { Bus } from '../port.ts';
import { createClient } from './client.ts';
import { createConsumer, type KafkaConsumer } from './consumer.ts';
import { isForGood, toOutage } from './errors.ts';
import { createLogFilter, type LogFilter } from './log.ts';
import type { KafkaObserver } from './observer.ts';
import { partitionOf } from './partition.ts';
import { patchKafkajs } from './patch.ts';
import { createPublisher } from './publisher.ts';
import { createReader } from './reader.ts';
import { createSender } from './sender.ts';
import { kafkaSettingsSchema, type KafkaSettings, type KafkaSettingsInput } from './settings.ts';
import { prepareTopics } from './topics.ts';

export interface KafkaBusOptions {
  /** Throws zod's error where they are wrong. */
  readonly settings: KafkaSettingsInput;
  /** Created when they are new. Nothing else can be published to or consumed. */
  readonly topics: readonly TopicSpec[];
  readonly clock: Clock;
  readonly observer?: Partial<KafkaObserver>;
}

/**
 * A bus on Apache Kafka. Throws an `Outage` when the cluster cannot be reached, and `Misconfigured` when it refuses the
 * login or a topic is not as it must be; each says in one line what is wrong and which setting it is about.
 */
export async function createKafkaBus(options: KafkaBusOptions): Promise<Bus> {
  patchKafkajs();
  const { clock } = options;
  const settings = kafkaSettingsSchema.parse(options.settings);
  const observer: KafkaObserver = {
    onMetric: options.observer?.onMetric ?? (() => undefined),
    onLog: options.observer?.onLog ?? (() => undefined),
  };
  const log = createLogFilter(observer.onLog, () => clock.now());
  const clusterName = (name: string): string => settings.prefix + name;
  const specs = new Map(options.topics.map((spec) => [spec.name, spec]));
  const clusterTopics = options.topics.map((spec) => ({ ...spec, name: clusterName(spec.name) }));
  await prepare(settings, clusterTopics, log);

  const sender = createSender(settings, log, observer);
  const reader = createReader(settings, log);
  const consumers = new Set<KafkaConsumer>();
  let closing: Promise<void> | undefined;

  const specOf = (name: string): TopicSpec => {
    const spec = specs.get(name);
    if (spec === undefined) throw new RangeError(`unknown topic ${name}`);
    return spec;
  };
  const refuseWhenClosed = (): void => {
    if (closing !== undefined) throw new Outage('closed', 'the bus is closed');
  };
  const publisher = createPublisher(
    sender,
    ({ topic, key }) => ({ topic: clusterName(topic), partition: partitionOf(key, specOf(topic).partitions) }),
    observer,
  );

  const close = async (): Promise<void> => {
    await Promise.all([...consumers].map((consumer) => consumer.close()));
    await publisher.idle();
    await Promise.all([sender.close(), reader.close()]);
  };

  return {
    publish: async (records) => {
      refuseWhenClosed();
      await publisher.publish(records);
    },

    consume: async (wanted) => {
      refuseWhenClosed();
      const consumer = createConsumer(wanted, {
        settings,
        clock,
        log,
        observer,
        group: clusterName(wanted.group),
        topics: new Map(
          wanted.topics
            .map(specOf)
            .map(({ name, partitions, delayMs = 0 }) => [clusterName(name), { name, partitions, delayMs }]),
        ),
        leave: reader.leave,
      });
      consumers.add(consumer);
      void consumer.ended.then(() => consumers.delete(consumer));
      await consumer.joined;
      return consumer;
    },

    read: async (position) => {
      refuseWhenClosed();
      const { topic, partition, offset } = position;
      if (partition >= specOf(topic).partitions) return undefined;
      const record = await reader.read({ topic: clusterName(topic), partition, offset });
      return record === undefined ? undefined : { ...record, topic };
    },

    lag: async (group, wanted) => {
      refuseWhenClosed();
      const counts = new Map(wanted.map((name) => [clusterName(name), specOf(name).partitions]));
      const found = await reader.backlogs(clusterName(group), counts);
      const lagOf = (name: string): number =>
        (found.get(clusterName(name)) ?? []).reduce((sum, { from, to }) => sum + to - from, 0);
      return new Map(wanted.map((name) => [name, lagOf(name)]));
    },

    backlog: async (group, topic) => {
      refuseWhenClosed();
      const counts = new Map([[clusterName(topic), specOf(topic).partitions]]);
      return (await reader.backlogs(clusterName(group), counts)).get(clusterName(topic)) ?? [];
    },

    // A cluster that is gone may come back, and then everything goes on.
    failed: new Promise(() => undefined),

    close: () => (closing ??= close()),
  };
}

async function prepare(settings: KafkaSettings, topics: readonly TopicSpec[], log: LogFilter): Promise<void> {
  const client = createClient(settings, log.entry);
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    await prepareTopics(admin, topics, settings);
  } catch (error) {
    // What the check found is told as it is; everything else is the cluster's.
    if (error instanceof Misconfigured) throw error;
    const outage = toOutage(error, 'prepare the topics', settings);
    throw isForGood(error) ? new Misconfigured(outage.message, { cause: error }) : outage;
  } finally {
    await admin.disconnect().catch(() => undefined);
    client.kill();
  }
}
