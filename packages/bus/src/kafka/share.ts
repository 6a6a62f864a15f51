import { createAssignment, type Assignment } from '../assignment.ts';
import type { BusRecord } from '../port.ts';

/** A partition, as the bus calls it. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly delayMs: number;
}

/**
 * A partition in this consumer's hands, from when it was given to it until it is taken away, with what was fetched of it
 * and not handed over yet.
 */
export interface Share {
  readonly place: Place;
  readonly assignment: Assignment<Place>;
  /** The offset to fetch next; undefined until something was fetched. */
  fetchNext: number | undefined;
  /** Fetching is suspended: it has its part of the buffer. */
  held: boolean;
  /** The oldest record that waits; undefined when none does. */
  first(): BusRecord | undefined;
  shift(): void;
  add(records: readonly BusRecord[]): void;
  drop(): void;
  readonly records: () => number;
  readonly bytes: () => number;
}

/** `onPrefix` is told the offset after the contiguous acknowledged prefix whenever it has moved. */
export function createShare(place: Place, onPrefix: (share: Share, next: number) => void): Share {
  let waiting: BusRecord[] = [];
  let head = 0;
  let bytes = 0;
  const share: Share = {
    place,
    assignment: createAssignment(place, 0, (next) => onPrefix(share, next)),
    fetchNext: undefined,
    held: false,
    first: () => waiting[head],
    shift: () => {
      bytes -= waiting[head]?.value.byteLength ?? 0;
      head += 1;
      if (head < waiting.length) return;
      waiting = [];
      head = 0;
    },
    add: (records) => {
      for (const record of records) {
        waiting.push(record);
        bytes += record.value.byteLength;
      }
    },
    drop: () => {
      waiting = [];
      head = 0;
      bytes = 0;
    },
    records: () => waiting.length - head,
    bytes: () => bytes,
  };
  return share;
}
