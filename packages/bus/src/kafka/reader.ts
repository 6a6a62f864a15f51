import { Outage, type Position } from '@herald/contracts';
import type { Broker, Cluster, KafkaMessage, PartitionAssigner } from 'kafkajs';
import type { Backlog, BusRecord } from '../port.ts';
import { createClient, type Client } from './client.ts';
import { within } from './deadline.ts';
import { causesOf, isForGood, toOutage } from './errors.ts';
import type { LogFilter } from './log.ts';
import { toRecord } from './records.ts';
import type { KafkaSettings } from './settings.ts';

export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What is asked of the cluster outside of any group. Topics and groups are called as on the cluster. */
export interface Reader {
  /** Undefined when there is no record at this position. Throws `Outage`. */
  read(position: Position): Promise<BusRecord | undefined>;
  /** Records of each topic that the group has not committed yet, by partition. Throws `Outage`. */
  backlogs(group: string, topics: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, readonly Backlog[]>>;
  /** Takes a member out of its group, which waits for it until its session is over otherwise. Throws `Outage`. */
  leave(group: string, memberId: string): Promise<void>;
  close(): Promise<void>;
}

const PATIENCE_MS = 5_000;
const TRIES = 3;
const MAX_BYTES = 1024 * 1024;

/**
 * kafkajs has no call that reads one record, and asks for offsets topic by topic. A consumer's assigner is given the
 * client's view of the cluster, which has both; so this is a consumer that never joins a group.
 */
export function createReader(settings: KafkaSettings, log: LogFilter): Reader {
  let client: Client | undefined;
  let connected: Promise<View> | undefined;
  let closed = false;

  const connect = async (): Promise<View> => {
    client = createClient(settings, log.entry, { retry: { retries: 2 }, requestTimeoutMs: PATIENCE_MS });
    const captured = Promise.withResolvers<Cluster>();
    const capture: PartitionAssigner = ({ cluster }) => {
      captured.resolve(cluster);
      return { name: 'none', version: 0, assign: async () => [], protocol: () => ({ name: 'none', metadata: EMPTY }) };
    };
    client.kafka.consumer({ groupId: 'none', partitionAssigners: [capture], allowAutoTopicCreation: false });
    const cluster = await captured.promise;
    await cluster.connect();
    return viewOf(cluster);
  };

  const drop = (): void => {
    client?.kill();
    connected = undefined;
  };

  /** Leaders and coordinators move: what failed is asked again with a fresh view, and last with new connections. */
  const ask = async <T>(doing: string, topics: readonly string[], question: (view: View) => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried += 1) {
      // A question that is under way must not connect again: nobody would close that.
      if (closed) throw new Outage('closed', 'the bus is closed');
      try {
        connected ??= connect();
        const answer = connected.then(async (view) => {
          await view.knowing(topics);
          if (tried > 1) await view.refresh();
          return question(view);
        });
        return await within(PATIENCE_MS, answer, `Kafka: cannot ${doing}: no answer within ${PATIENCE_MS} ms`);
      } catch (error) {
        const late = toOutage(error, doing, settings) === error;
        // A topic that was deleted spoils every view of the cluster that it is part of, also for questions about others.
        if (tried >= TRIES - 1 || late || isOf(error, 'UNKNOWN_TOPIC_OR_PARTITION')) drop();
        if (tried === TRIES || late || isForGood(error)) throw toOutage(error, doing, settings);
      }
    }
  };

  return {
    read: ({ topic, partition, offset }) =>
      ask('read a record', [topic], async ({ cluster }) => {
        const broker = await leaderOf(cluster, topic, partition);
        const message = await fetchOne(broker, { topic, partition, offset });
        return message === undefined ? undefined : toRecord(topic, partition, message);
      }),
    backlogs: (group, counts) =>
      ask('measure lag', [...counts.keys()], async ({ cluster, coordinatorOf, startsOf }) => {
        const asked = [...counts].map(([topic, count]) => ({
          topic,
          partitions: Array.from({ length: count }, (_, partition) => ({ partition })),
        }));
        const [ends, starts, committed] = await Promise.all([
          offsetsOf(cluster, asked, false),
          startsOf(asked),
          // Awaited with the others and not before: their failures would have nobody to hear them.
          coordinatorOf(group).then((coordinator) => committedOf(coordinator, group, asked)),
        ]);
        return new Map(
          asked.map(({ topic, partitions }) => [
            topic,
            partitions.map(({ partition }) => {
              const place = placeOf(topic, partition);
              const from = Math.max(committed.get(place) ?? 0, starts.get(place) ?? 0);
              return { partition, from, to: Math.max(from, ends.get(place) ?? 0) };
            }),
          ]),
        );
      }),
    leave: (group, memberId) =>
      ask('leave a group', [], async ({ coordinatorOf }) => leaveGroup(await coordinatorOf(group), group, memberId)),
    close: async () => {
      closed = true;
      const closing = connected?.then(({ cluster }) => cluster.disconnect()) ?? Promise.resolve();
      await within(settings.closeTimeoutMs, closing, '').catch(() => undefined);
      client?.kill();
    },
  };
}

/** A connection, and what it knows of the cluster: lag is measured all the time, and most of what that takes stays as it is. */
interface View {
  readonly cluster: Cluster;
  /** Resolves when the leaders of these topics are known: kafkajs counts a topic as known as soon as it is asked for. */
  knowing(topics: readonly string[]): Promise<void>;
  coordinatorOf(group: string): Promise<Broker>;
  /** Where each partition began at most `STARTS_ARE_GOOD_FOR_MS` ago; by retention it begins later and later. */
  startsOf(asked: readonly Asked[]): Promise<ReadonlyMap<string, number>>;
  /** Everything is asked for anew. */
  refresh(): Promise<void>;
}

/** So long a group that has fallen behind what retention leaves may seem to have more to do than there is. */
const STARTS_ARE_GOOD_FOR_MS = 30_000;

function viewOf(cluster: Cluster): View {
  const known = new Map<string, Promise<void>>();
  const coordinators = new Map<string, Broker>();
  const starts = new Map<string, { readonly offset: number; readonly askedAt: number }>();
  return {
    cluster,
    coordinatorOf: async (group) => {
      const known = coordinators.get(group);
      if (known?.isConnected()) return known;
      const found = await cluster.findGroupCoordinator({ groupId: group });
      coordinators.set(group, found);
      return found;
    },
    startsOf: async (asked) => {
      const askedAt = performance.now();
      const isKnown = ({ topic, partitions }: Asked): boolean =>
        partitions.every(
          ({ partition }) =>
            askedAt - (starts.get(placeOf(topic, partition))?.askedAt ?? -Infinity) < STARTS_ARE_GOOD_FOR_MS,
        );
      const unknown = asked.filter((topic) => !isKnown(topic));
      if (unknown.length > 0) {
        for (const [place, offset] of await offsetsOf(cluster, unknown, true)) starts.set(place, { offset, askedAt });
      }
      return new Map([...starts].map(([place, { offset }]) => [place, offset]));
    },
    refresh: async () => {
      coordinators.clear();
      starts.clear();
      await cluster.refreshMetadata();
    },
    knowing: async (topics) => {
      const fresh = topics.filter((topic) => !known.has(topic));
      if (fresh.length > 0) {
        const asked = cluster.addMultipleTargetTopics(fresh);
        for (const topic of fresh) known.set(topic, asked);
      }
      await Promise.all(topics.map(async (topic) => known.get(topic)));
    },
  };
}

const EMPTY = Buffer.alloc(0);
const isOf = (error: unknown, type: string): boolean => causesOf(error).some(({ code }) => code === type);
const placeOf = (topic: string, partition: number): string => `${topic} ${partition}`;

interface Asked {
  readonly topic: string;
  readonly partitions: { partition: number }[];
}

/** The end of each partition, or its beginning. */
async function offsetsOf(
  cluster: Cluster,
  asked: readonly Asked[],
  fromBeginning: boolean,
): Promise<Map<string, number>> {
  const found = await cluster.fetchTopicsOffset(asked.map((topic) => ({ ...topic, fromBeginning })));
  return byPlace(found);
}

/** What the group has committed; partitions of which it has not are not in the map. */
export async function committedOf(
  coordinator: Broker,
  groupId: string,
  asked: readonly Asked[],
): Promise<Map<string, number>> {
  const topics = asked.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, offset: '0' })),
  }));
  const { responses } = await coordinator.offsetFetch({ groupId, topics });
  return new Map([...byPlace(responses)].filter(([, offset]) => offset >= 0));
}

const byPlace = (
  offsets: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[],
): Map<string, number> =>
  new Map(
    offsets.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [placeOf(topic, partition), Number(offset)] as const),
    ),
  );

/** Not in the types of kafkajs. */
async function leaveGroup(broker: Broker, groupId: string, memberId: string): Promise<void> {
  if (!('leaveGroup' in broker) || typeof broker.leaveGroup !== 'function') return;
  try {
    await broker.leaveGroup({ groupId, memberId });
  } catch (error) {
    if (!isOf(error, 'UNKNOWN_MEMBER_ID')) throw error;
  }
}

async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<Broker> {
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (leader === undefined) throw Object.assign(new Error('no leader'), { type: 'LEADER_NOT_AVAILABLE' });
  return cluster.findBroker({ nodeId: leader });
}

async function fetchOne(broker: Broker, { topic, partition, offset }: Position): Promise<KafkaMessage | undefined> {
  try {
    const answer: { responses: { partitions: { messages: KafkaMessage[] }[] }[] } = await broker.fetch({
      maxWaitTime: 0,
      minBytes: 0,
      maxBytes: MAX_BYTES,
      topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: MAX_BYTES }] }],
    });
    const messages = answer.responses.flatMap(({ partitions }) => partitions.flatMap((one) => one.messages));
    return messages.find((message) => Number(message.offset) === offset);
  } catch (error) {
    if (error instanceof Error && error.name === 'KafkaJSOffsetOutOfRange') return undefined;
    throw error;
  }
}
