import { Outage, type Clock, type TopicSpec } from '@herald/contracts';
import type { Database } from '@herald/sqlite';
import type { Bus, NewRecord } from '../port.ts';
import { checkSize } from '../size.ts';
import { createLogClient, type LogClient } from './client.ts';
import { createCommitter } from './committer.ts';
import { createConsumer, type EmbeddedConsumer } from './consumer.ts';
import { createGroup, type Group } from './group.ts';
import { createPartition, partitionOf, type Partition } from './partition.ts';
import { parseHeaders, toColumns } from './records.ts';
import { keepTrimming } from './retention.ts';
import type { PublishResult } from './wire.ts';

/** To be named among the modules of the database that a bus is created on. */
export const embeddedBusModule = new URL('./module.ts', import.meta.url);

export interface EmbeddedBusOptions {
  /** Opened with `embeddedBusModule`, and closed by its owner after the bus. */
  readonly database: Database;
  /** Created when they are new. Nothing else can be published to or consumed. */
  readonly topics: readonly TopicSpec[];
  readonly clock: Clock;
  /** Stable: order per key depends on it. */
  readonly partitionOf?: (key: string, partitions: number) => number;
}

/**
 * A bus inside this process: the log lies in SQLite, groups live in memory. Throws an Error when a topic is stored with
 * another number of partitions, because its keys would change places.
 */
export async function createEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const { database, clock } = options;
  const choose = options.partitionOf ?? partitionOf;
  const log = createLogClient(database);
  const topics = await openTopics(log, options.topics);
  const partitions = [...topics.values()].flat();
  const byId = new Map(partitions.map((partition) => [partition.id, partition]));
  const groups = new Map<string, Group>();
  const consumers = new Set<EmbeddedConsumer>();
  const failed = Promise.withResolvers<Error>();
  const fail = (error: unknown): void => {
    const reason = error instanceof Error ? error : new Error('the bus has a bug');
    for (const consumer of consumers) consumer.fail(reason);
    failed.resolve(reason);
  };
  const committer = createCommitter(log, clock, fail);
  const over = new AbortController();

  const partitionsOf = (topic: string): readonly Partition[] => {
    const found = topics.get(topic);
    if (found === undefined) throw new RangeError(`unknown topic ${topic}`);
    return found;
  };
  const refuseWhenClosed = (): void => {
    if (over.signal.aborted) throw new Outage('closed', 'the bus is closed');
  };
  const groupOf = (name: string): Group => {
    let group = groups.get(name);
    if (group === undefined) {
      group = createGroup(name, partitions, committer);
      groups.set(name, group);
    }
    return group;
  };

  const place = (record: NewRecord): number => {
    const ofTopic = partitionsOf(record.topic);
    checkSize(record);
    const partition = ofTopic[choose(record.key, ofTopic.length)];
    if (partition === undefined) throw new RangeError(`no partition of ${record.topic} for a key`);
    return partition.id;
  };
  const wake = (ends: PublishResult): void => {
    for (const [id, end] of ends) {
      const partition = byId.get(id);
      if (partition === undefined) continue;
      partition.end = Math.max(partition.end, end);
      for (const listener of partition.listeners) listener();
    }
  };

  void database.failed.then(fail);
  const retained = options.topics.flatMap(({ name, retentionMs }) =>
    partitionsOf(name).map(({ id }) => ({ partition: id, retentionMs })),
  );
  keepTrimming(log, clock, retained, over.signal).catch(fail);

  return {
    publish: async (records) => {
      refuseWhenClosed();
      if (records.length === 0) return;
      const placed = records.map(place);
      wake(await log.publish({ partitions: placed, timestamp: clock.now(), ...toColumns(records) }));
    },

    consume: async (wanted) => {
      refuseWhenClosed();
      const ids = wanted.topics.flatMap((topic) => partitionsOf(topic).map(({ id }) => id));
      const group = groupOf(wanted.group);
      const committed = await log.positions({ group: wanted.group, partitions: ids });
      refuseWhenClosed();
      const consumer = createConsumer(wanted, { log, clock, committer, group });
      consumers.add(consumer);
      void consumer.ended.then(() => consumers.delete(consumer));
      group.join(consumer.member, committed);
      return consumer;
    },

    read: async ({ topic, partition, offset }) => {
      refuseWhenClosed();
      const found = partitionsOf(topic)[partition];
      const stored = found === undefined ? undefined : await log.read({ partition: found.id, offset });
      if (stored === undefined) return undefined;
      const { headers, ...record } = stored;
      return { topic, partition, offset, ...record, headers: parseHeaders(headers) };
    },

    lag: async (group, wanted) => {
      refuseWhenClosed();
      const asked = wanted.map((topic) => [topic, partitionsOf(topic).map(({ id }) => id)] as const);
      const lags = await log.lag({ group, partitions: asked.flatMap(([, ids]) => ids) });
      let at = 0;
      return new Map(
        asked.map(([topic, ids]) => {
          const ofTopic = lags.slice(at, (at += ids.length));
          return [topic, ofTopic.reduce((sum, [from, to]) => sum + to - from, 0)];
        }),
      );
    },

    backlog: async (group, topic) => {
      refuseWhenClosed();
      const ranges = await log.lag({ group, partitions: partitionsOf(topic).map(({ id }) => id) });
      return ranges.map(([from, to], partition) => ({ partition, from, to }));
    },

    failed: failed.promise,

    close: async () => {
      over.abort();
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await committer.flush();
    },
  };
}

async function openTopics(log: LogClient, specs: readonly TopicSpec[]): Promise<Map<string, Partition[]>> {
  const opened = await log.open({ topics: specs.map(({ name, partitions }) => ({ name, partitions })) });
  if (!opened.ok) {
    const asked = specs.find(({ name }) => name === opened.topic)?.partitions;
    throw new Error(
      `topic ${opened.topic} is stored with ${opened.stored} partitions and cannot be opened with ${asked}: ` +
        'set the number that it was created with',
    );
  }
  const topics = new Map<string, Partition[]>();
  for (const { name, delayMs } of specs) {
    const stored = opened.partitions.filter(({ topic }) => topic === name);
    topics.set(
      name,
      stored.map((partition) => createPartition(partition, delayMs ?? 0)),
    );
  }
  return topics;
}
