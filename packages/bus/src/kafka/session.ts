import type { Broker, Cluster, Consumer, EachBatchPayload, LogEntry } from 'kafkajs';
import { createAssigner, type Owned } from './assigner.ts';
import { createClient } from './client.ts';
import { within } from './deadline.ts';
import type { LogFilter } from './log.ts';
import { committedOf } from './reader.ts';
import type { KafkaSettings } from './settings.ts';

/** Topics and the group are called as on the cluster. */
export interface SessionOptions {
  readonly settings: KafkaSettings;
  readonly log: LogFilter;
  readonly group: string;
  /** Each with its number of partitions. */
  readonly topics: ReadonlyMap<string, number>;
  /** A member of the group that this process was before, and that may still be waited for. */
  readonly ghost: string | undefined;
  /** Takes a member out of the group, over a connection on which no fetch is in the way. */
  readonly leave: (group: string, memberId: string) => Promise<void>;
}

export interface SessionHooks {
  owned(): readonly Owned[];
  /** The others want partitions: what is acknowledged can still be committed. */
  onRebalance(): void;
  onJoining(): void;
  /** `kept`: nobody else can have had what this member had before and has now. */
  onJoined(assigned: readonly Owned[], kept: boolean): void;
  onBatch(payload: EachBatchPayload): Promise<void>;
  /** What was to be fetched next is not on the log; kafkajs goes on at the oldest record. */
  onOutOfRange(place: Owned): void;
}

/** One membership of the group, from its connection to its crash or close. It does not come back. */
export interface Session {
  /** Resolves when it has ended: with the error that it crashed for, or without one after `close`. */
  readonly ended: Promise<Error | undefined>;
  readonly memberId: () => string | undefined;
  /** Milliseconds, as `performance.now()`: when it last fetched, or asked for its place. */
  readonly lastSign: () => number;
  /** Fails when the partitions are no longer this member's: the cluster compares the generation. */
  commit(offsets: readonly (Owned & { readonly offset: number })[]): Promise<void>;
  committed(places: readonly Owned[]): Promise<ReadonlyMap<string, number>>;
  seek(place: Owned, offset: number): void;
  hold(place: Owned): void;
  release(place: Owned): void;
  close(): Promise<void>;
  /** Ends it with this error, at once. */
  abandon(reason: Error): void;
}

const OUT_OF_RANGE = 'Offset out of range, resetting to default offset';
/** kafkajs gives up on these in a storm of joins otherwise, and with its place the member loses what it has in hand. */
const RETRY = { retries: 30, initialRetryTime: 50, maxRetryTime: 500, factor: 0.2, multiplier: 1.5 };

export function openSession(options: SessionOptions, hooks: SessionHooks): Session {
  const { settings, log, group } = options;
  const ended = Promise.withResolvers<Error | undefined>();
  let cluster: Cluster | undefined;
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  let memberId: string | undefined;
  let joins = 0;
  let lastSign = performance.now();
  /** What kafkajs still says of a session that has ended is about partitions of others. */
  let isOver = false;
  const sign = (): void => {
    lastSign = performance.now();
  };

  const onLog = (entry: LogEntry): void => {
    const { topic, partition, message } = entry.log;
    if (message !== OUT_OF_RANGE) log.entry(entry);
    else if (!isOver && typeof topic === 'string' && typeof partition === 'number')
      hooks.onOutOfRange({ topic, partition });
  };

  const client = createClient(settings, onLog);
  const consumer: Consumer = client.kafka.consumer({
    groupId: group,
    partitionAssigners: [
      createAssigner({
        owned: hooks.owned,
        onJoining: () => {
          joins += 1;
          sign();
          if (!isOver) hooks.onJoining();
        },
        onCluster: (found) => {
          cluster = found;
        },
      }),
    ],
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    heartbeatInterval: settings.heartbeatMs,
    maxWaitTimeInMs: settings.maxWaitMs,
    minBytes: 1,
    maxBytes: settings.fetchBytes,
    maxBytesPerPartition: settings.fetchBytesPerPartition,
    allowAutoTopicCreation: false,
    // Whether to begin again is decided by whoever opened the session: kafkajs takes some outages for the end.
    retry: { ...RETRY, restartOnFailure: async () => false },
  });

  const end = (error: Error | undefined): void => {
    isOver = true;
    ended.resolve(error);
    client.kill();
  };

  consumer.on(consumer.events.FETCH, sign);
  consumer.on(consumer.events.REBALANCING, () => {
    if (!isOver) hooks.onRebalance();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (isOver) return;
    sign();
    // Whoever is in the group takes part in each sharing out, or is thrown out and gets another id. So under the same id
    // and with a single request, there was no other sharing out between the last one and this one.
    const kept = payload.memberId === memberId && joins === 1;
    joins = 0;
    memberId = payload.memberId;
    const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    hooks.onJoined(assigned, kept);
  });

  const run = async (): Promise<void> => {
    await consumer.connect();
    if (options.ghost !== undefined) await options.leave(group, options.ghost).catch(() => undefined);
    await consumer.subscribe({ topics: [...options.topics.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: [...options.topics.values()].reduce((sum, count) => sum + count, 0),
      eachBatch: async (payload) => {
        if (isOver) return;
        commitNow = payload.commitOffsetsIfNecessary;
        await hooks.onBatch(payload);
      },
    });
  };
  run().catch((error: unknown) => end(error instanceof Error ? error : new Error('kafkajs threw what is no error')));

  const coordinator = async (): Promise<Broker> => {
    if (cluster === undefined) throw new Error('kafkajs made no assigner');
    return cluster.findGroupCoordinator({ groupId: group });
  };
  /** kafkajs throws when it is between two lives; then there is nothing to hold, release or seek. */
  const whenRunning = (action: () => void): void => {
    try {
      action();
    } catch {
      // The next assignment begins afresh.
    }
  };
  const asPartitions = ({ topic, partition }: Owned) => [{ topic, partitions: [partition] }];

  return {
    ended: ended.promise,
    memberId: () => memberId,
    lastSign: () => lastSign,
    commit: async (offsets) => {
      // The one of a batch does not try again: a repeat could go out under the next generation.
      if (commitNow === undefined) throw new Error('nothing was fetched yet');
      const topics = Map.groupBy(offsets, ({ topic }) => topic);
      await commitNow({
        topics: [...topics].map(([topic, ofTopic]) => ({
          topic,
          partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
        })),
      });
    },
    committed: async (places) =>
      committedOf(
        await coordinator(),
        group,
        places.map(({ topic, partition }) => ({ topic, partitions: [{ partition }] })),
      ),
    seek: (place, offset) => whenRunning(() => consumer.seek({ ...place, offset: String(offset) })),
    hold: (place) => whenRunning(() => consumer.pause(asPartitions(place))),
    release: (place) => whenRunning(() => consumer.resume(asPartitions(place))),
    close: async () => {
      // kafkajs would wait for the fetch that is open, and leave after the next one. It knows of a join what is not known here.
      const isMember = memberId !== undefined && joins === 0;
      const gone = isMember ? options.leave(group, memberId ?? '') : consumer.disconnect();
      await within(settings.closeTimeoutMs, gone, '').catch(() => undefined);
      end(undefined);
      if (isMember) consumer.disconnect().catch(() => undefined);
    },
    abandon: (reason) => {
      end(reason);
      consumer.disconnect().catch(() => undefined);
    },
  };
}
