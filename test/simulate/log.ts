import { LIMITS, type Position, type TopicSpec } from '@herald/contracts';
import type { BusRecord, NewRecord } from '@herald/bus';
import { partitionOf } from '../../packages/bus/src/embedded/partition.ts';
import type { Taken } from './host.ts';

export interface Partition {
  /** Unique among all topics. */
  readonly id: number;
  readonly topic: string;
  readonly number: number;
  readonly delayMs: number;
  readonly records: BusRecord[];
  /** Told when there is something new. */
  readonly listeners: Set<() => void>;
}

/** A member of a group, as its coordinator sees it. */
export interface Member {
  readonly topics: ReadonlySet<string>;
  /** From here on the partition is the member's, beginning at its group's commit. */
  assign(partition: Partition, from: number): void;
  revoke(partition: Partition): void;
}

export interface Group {
  readonly name: string;
  readonly committed: Map<Partition, number>;
  readonly members: Set<Member>;
  readonly owners: Map<Partition, Member>;
}

/** What the log tells whoever judges the run. */
export interface LogWitness {
  appended(record: BusRecord): void;
  /** True: the record is to be lost, as if it had never been appended. */
  losing(record: NewRecord): boolean;
}

/** The log itself, which outlives every process. */
export interface SimulatedLog {
  append(records: readonly NewRecord[], taken: Taken): void;
  partitionsOf(topics: readonly string[]): Partition[];
  group(name: string): Group;
  groups(): Iterable<Group>;
  read(position: Position): BusRecord | undefined;
  lag(group: string, topic: string): number;
}

export function createSimulatedLog(topics: readonly TopicSpec[], now: () => number, witness: LogWitness): SimulatedLog {
  let partitionCount = 0;
  const byTopic = new Map(
    topics.map(({ name, partitions, delayMs = 0 }) => [
      name,
      Array.from({ length: partitions }, (_, number): Partition => ({
        id: (partitionCount += 1),
        topic: name,
        number,
        delayMs,
        records: [],
        listeners: new Set(),
      })),
    ]),
  );
  const groups = new Map<string, Group>();

  const partitions = (topic: string): Partition[] => {
    const found = byTopic.get(topic);
    if (found === undefined) throw new RangeError(`there is no topic ${topic}`);
    return found;
  };
  const group = (name: string): Group => {
    let found = groups.get(name);
    if (found === undefined) {
      found = { name, committed: new Map(), members: new Set(), owners: new Map() };
      groups.set(name, found);
    }
    return found;
  };

  return {
    append(records, taken) {
      const grown = new Set<Partition>();
      for (const record of records) {
        if (record.value.byteLength > LIMITS.envelopeBytes) throw new RangeError('too large');
        partitions(record.topic);
      }
      for (const record of records) {
        const all = partitions(record.topic);
        const partition = all[partitionOf(record.key, all.length)] as Partition;
        // What a partition is sent arrives there whole and in order, or not at all.
        if (!taken(partition.id) || witness.losing(record)) continue;
        const { topic, number } = partition;
        const offset = partition.records.length;
        const stored = { ...record, topic, partition: number, offset, timestamp: Math.floor(now()) };
        partition.records.push(stored);
        witness.appended(stored);
        grown.add(partition);
      }
      for (const partition of grown) for (const tell of partition.listeners) tell();
    },
    partitionsOf: (names) => names.flatMap(partitions),
    group,
    groups: () => groups.values(),
    read: ({ topic, partition, offset }) => byTopic.get(topic)?.[partition]?.records[offset],
    lag: (name, topic) =>
      partitions(topic).reduce(
        (sum, partition) => sum + partition.records.length - (group(name).committed.get(partition) ?? 0),
        0,
      ),
  };
}
