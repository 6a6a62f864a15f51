import type { EncodedRecord, Position } from '@herald/contracts';

/** A record to append. Records of one key keep their order; `key` never holds an address. */
export interface NewRecord extends EncodedRecord {
  readonly topic: string;
}

/** A record as it lies on the log. */
export interface BusRecord extends EncodedRecord, Readonly<Position> {
  /** When it was appended, milliseconds since the epoch. */
  readonly timestamp: number;
}

/** A record handed to a consumer, to be acknowledged when everything that came of it is safe elsewhere. */
export interface Delivery extends BusRecord {
  /**
   * Idempotent, never throws, never waits. Only the contiguous acknowledged prefix of a partition is committed, and
   * nothing is once the partition was taken away from this consumer.
   */
  ack(): void;
}

export interface ConsumeOptions {
  readonly topics: readonly string[];
  /** Members of one group share the partitions; each record goes to one of them. A new group starts at the beginning. */
  readonly group: string;
  /**
   * Takes a batch gathered across partitions and returns at once. Records of one partition come in their order.
   * A throw is a bug: it ends the consumer, and `ended` tells.
   */
  readonly onBatch: (batch: readonly Delivery[]) => void;
  /** No more than this many records are handed over and not yet acknowledged. */
  readonly maxInFlight: number;
  /** Likewise in bytes of their values; a single larger record still passes alone. */
  readonly maxInFlightBytes: number;
  /** Told of what an operator must know and no caller waits for, such as an offset that was out of range. */
  readonly onAlarm?: (alarm: BusAlarm) => void;
}

export interface BusAlarm {
  /** What the group had to read next is no longer on the log: the consumer went on at the oldest record. */
  readonly code: 'offset-out-of-range';
  readonly group: string;
  /** Where it had to read; the offset is -1 where that could not be found out. */
  readonly position: Position;
}

export interface Consumer {
  /** Hands nothing more over until `resume`. What was handed over stays valid. */
  pause(): void;
  resume(): void;
  /** Commits what is acknowledged and leaves the group. What is not acknowledged is handed to another member, or later. */
  close(): Promise<void>;
  /** Resolves when the consumer has ended: with an error if it died, without one after `close`. */
  readonly ended: Promise<Error | undefined>;
}

/** Offsets of one partition, from the first up to, and without, the last. */
export interface Backlog {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The log between the roles. Every promise here has a case in the conformance suite (`testBus`); what has none is not
 * promised. Calls throw `Outage` while the log cannot serve.
 */
export interface Bus {
  /**
   * Resolves when every record is durable. If it throws, each record may or may not have been appended.
   * A value of more than 1 MB is a bug of the caller and throws `RangeError`; an unknown topic throws `RangeError` too.
   */
  publish(records: readonly NewRecord[]): Promise<void>;
  /** Resolves when the consumer is a member of its group. Topics with a delay hand over only what is old enough. */
  consume(options: ConsumeOptions): Promise<Consumer>;
  /** Reads one record again; undefined when it is no longer on the log. */
  read(position: Position): Promise<BusRecord | undefined>;
  /** Records per topic that the group has not committed yet. */
  lag(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Where the records lie that the group has not committed yet: a range per partition of the topic, empty or not. */
  backlog(group: string, topic: string): Promise<readonly Backlog[]>;
  /** Resolves with the reason when the bus can no longer work at all; the process must end then. */
  readonly failed: Promise<Error>;
  /** Closes every consumer, then the log. */
  close(): Promise<void>;
}
