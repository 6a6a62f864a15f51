import { isFromTheFuture } from '../due.ts';
import type { PartitionLog } from './log.ts';
import type { FetchArgs, FetchResult, Want } from './wire.ts';

/**
 * Gathers records across partitions within the bounds. Every partition first gets an equal share, so that a long one
 * keeps no short one waiting; what is left goes to whoever has more, in the order of the wants.
 */
export function fetchRecords(
  args: FetchArgs,
  logOf: (partition: number) => PartitionLog,
  endOf: (partition: number) => number,
): FetchResult {
  const { maxRecords, maxBytes } = args;
  const wants: number[] = [];
  const offsets: number[] = [];
  const timestamps: number[] = [];
  const keys: string[] = [];
  const headers: string[] = [];
  const lengths: number[] = [];
  const values: Uint8Array[] = [];
  const gaps: [number, number][] = [];
  const notDue: [number, number][] = [];
  let bytes = 0;
  let tooLarge = 0;

  /** Takes up to `most` records; returns where to go on, or undefined when the partition has nothing more for now. */
  const take = (want: Want, index: number, from: number, most: number, mostBytes: number): number | undefined => {
    const bytesBefore = bytes;
    let next = from;
    let taken = 0;
    for (const [offset, timestamp, key, headerText, value] of recordsFrom(logOf(want.partition), from)) {
      if (want.delay !== undefined && isWaiting(timestamp, want.delay)) {
        notDue.push([index, timestamp]);
        return undefined;
      }
      const length = value.byteLength;
      if (bytes + length > maxBytes && !(args.oversized && offsets.length === 0)) {
        tooLarge ||= length;
        return undefined;
      }
      if (taken > 0 && bytes - bytesBefore + length > mostBytes) return next;
      if (offset > next) gaps.push([index, offset]);
      wants.push(index);
      offsets.push(offset);
      timestamps.push(timestamp);
      keys.push(key);
      headers.push(headerText);
      lengths.push(length);
      values.push(value);
      bytes += length;
      taken += 1;
      next = offset + 1;
      if (taken === most || offsets.length === maxRecords) return next;
    }
    const end = endOf(want.partition);
    if (next < end) gaps.push([index, end]);
    return undefined;
  };

  const share = Math.ceil(maxRecords / args.wants.length);
  const shareBytes = maxBytes / args.wants.length;
  const unfinished = args.wants.map((want, index) => {
    return offsets.length < maxRecords ? take(want, index, want.from, share, shareBytes) : undefined;
  });
  args.wants.forEach((want, index) => {
    const from = unfinished[index];
    if (from !== undefined && offsets.length < maxRecords) take(want, index, from, maxRecords, maxBytes);
  });
  return { wants, offsets, timestamps, keys, headers, lengths, values: Buffer.concat(values), gaps, notDue, tooLarge };
}

type StoredRecord = readonly [offset: number, timestamp: number, key: string, headers: string, value: Uint8Array];

/** Read one by one, so that no more than the next record is ever in memory beyond the bounds. */
const recordsFrom = (log: PartitionLog, offset: number): Iterable<StoredRecord> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the statement's columns, as arrays
  log.from.iterate(offset) as unknown as Iterable<StoredRecord>;

/** Not due yet, and not from a clock that has been set back either. */
function isWaiting(timestamp: number, { ms: delayMs, now }: NonNullable<Want['delay']>): boolean {
  const ms = timestamp + delayMs - now;
  return ms > 0 && !isFromTheFuture(ms, delayMs);
}
