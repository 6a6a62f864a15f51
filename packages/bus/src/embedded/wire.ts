/**
 * What passes between the bus and its operations in the database's thread. Records travel as columns, their values
 * packed into one buffer: copying a few arrays between threads costs a fraction of copying as many objects.
 */
export interface Columns {
  readonly keys: readonly string[];
  /** JSON texts. */
  readonly headers: readonly string[];
  /** Bytes of each value in `values`. */
  readonly lengths: readonly number[];
  readonly values: Uint8Array;
}

export interface OpenArgs {
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
}
export type OpenResult =
  | { readonly ok: true; readonly partitions: readonly StoredPartition[] }
  /** A topic lies in the file with another number of partitions; nothing was changed. */
  | { readonly ok: false; readonly topic: string; readonly stored: number };
export interface StoredPartition {
  readonly id: number;
  readonly topic: string;
  readonly number: number;
  /** The offset that the next record gets. */
  readonly end: number;
}

export interface PublishArgs extends Columns {
  /** Ids, one per record. */
  readonly partitions: readonly number[];
  readonly timestamp: number;
}
/** Each partition that was appended to, with its new end. */
export type PublishResult = readonly (readonly [partition: number, end: number])[];

export interface Want {
  readonly partition: number;
  readonly from: number;
  /** Only what is so old by now is handed over, in milliseconds. */
  readonly delay?: { readonly ms: number; readonly now: number };
}
export interface FetchArgs {
  readonly wants: readonly Want[];
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** The first record passes even when it alone is larger than `maxBytes`. */
  readonly oversized: boolean;
}
export interface FetchResult extends Columns {
  /** Index into `wants`, one per record. Records of one partition are in the order of their offsets. */
  readonly wants: readonly number[];
  readonly offsets: readonly number[];
  readonly timestamps: readonly number[];
  /** `[want, offset]`: what was asked for is no longer on the log, which goes on at this offset. */
  readonly gaps: readonly (readonly [want: number, offset: number])[];
  /** `[want, timestamp]`: the next record was appended then, which is too late to be due. */
  readonly notDue: readonly (readonly [want: number, timestamp: number])[];
  /** Bytes of the record at which `maxBytes` ended the fetch; 0 when it did not. */
  readonly tooLarge: number;
}

export interface PositionsArgs {
  readonly group: string;
  readonly partitions: readonly number[];
}
/** Partitions that the group has committed something of, with the next offset. */
export type PositionsResult = readonly (readonly [partition: number, next: number])[];
export type CommitArgs = readonly (readonly [group: string, partition: number, next: number])[];
/** Records on the log that the group has not committed, per partition asked for: the first offset, and the end. */
export type LagResult = readonly (readonly [from: number, to: number])[];

export interface ReadArgs {
  readonly partition: number;
  readonly offset: number;
}
export type ReadResult =
  | { readonly timestamp: number; readonly key: string; readonly headers: string; readonly value: Uint8Array }
  | undefined;

export interface TrimArgs {
  /** Per partition: records appended before this may be deleted. */
  readonly cuts: readonly (readonly [partition: number, before: number])[];
  /** No more than this many records of each partition at once. */
  readonly limit: number;
}
