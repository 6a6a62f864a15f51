import type { Clock } from '@herald/contracts';
import { isFromTheFuture, LOOK_AGAIN_MS } from '../due.ts';
import type { BusRecord, ConsumeOptions, Delivery } from '../port.ts';
import type { Share } from './share.ts';

/** Handed over at once: a batch is one query and one claim further on. */
const BATCH_RECORDS = 500;
/** How far a partition may run ahead of a record that is not acknowledged, in multiples of `maxInFlight`. */
const AHEAD = 16;
/** Less than a fetch brings would make of the buffer a sieve. */
const MIN_BUFFERED = 1_000;
const MIN_SHARE = 50;

export interface HandoverDeps {
  readonly clock: Clock;
  /** Of what this share may buffer, half is free again. */
  readonly onRoom: (share: Share) => void;
  /** The handler threw. */
  readonly onBug: (error: unknown) => void;
  readonly onBatch: (records: number, bytes: number) => void;
}

/** What was fetched, on its way to the handler. */
export interface Handover {
  add(share: Share): void;
  remove(share: Share): void;
  offer(share: Share, records: readonly BusRecord[]): void;
  /** True: it has its part of the buffer; more is to be fetched when `onRoom` says so. */
  isFull(share: Share): boolean;
  /** True: a full share may have room in a moment, as long as the handler keeps up. */
  isMoving(share: Share): boolean;
  pause(): void;
  resume(): void;
  /** While it is open whose the partitions are, nothing more of them is handed over. */
  suspend(): void;
  proceed(): void;
  end(): void;
}

/**
 * Gathers what waits across partitions and hands it over, within what may be in hand. Every partition first gets an equal
 * part, so that a long one keeps no short one waiting. It is planned by whatever can make it worthwhile (records came,
 * were acknowledged, became due), and each plan looks at the whole state again.
 */
export function createHandover(options: ConsumeOptions, deps: HandoverDeps): Handover {
  const { clock } = deps;
  const shares = new Set<Share>();
  /** Shares whose first record is not due, each with what ends the wait. */
  const notDue = new Map<Share, AbortController>();
  let over = false;
  let inFlight = 0;
  let inFlightBytes = 0;
  let turn = 0;
  let paused = false;
  let suspended = false;
  let planned = false;

  const plan = (): void => {
    if (planned || paused || suspended || over) return;
    planned = true;
    // After everything that came with the same packet, so that a batch gathers all of it.
    setImmediate(() => {
      planned = false;
      handOver();
    });
  };

  const handOver = (): void => {
    while (!paused && !suspended && !over) {
      const batch = gather();
      if (batch.length === 0) return;
      deps.onBatch(
        batch.length,
        batch.reduce((sum, { value }) => sum + value.byteLength, 0),
      );
      try {
        options.onBatch(batch);
      } catch (error) {
        deps.onBug(error);
      }
    }
  };

  const isReady = (share: Share): boolean =>
    share.first() !== undefined && !isAhead(share) && !notDue.has(share) && isDue(share);

  const isAhead = ({ assignment }: Share): boolean => assignment.ahead() >= AHEAD * options.maxInFlight;

  const isDue = (share: Share): boolean => {
    const { delayMs } = share.place;
    const first = share.first();
    if (delayMs === 0 || first === undefined) return true;
    const dueAt = first.timestamp + delayMs;
    const ms = dueAt - clock.now();
    if (ms <= 0 || isFromTheFuture(ms, delayMs)) return true;
    void waitUntil(dueAt, share);
    return false;
  };

  /**
   * A timer may fire a moment before the clock says so, and nothing else would look again. The clock may also be set
   * meanwhile: that is looked at now and then.
   */
  const waitUntil = async (time: number, share: Share): Promise<void> => {
    const wait = new AbortController();
    notDue.set(share, wait);
    const { delayMs } = share.place;
    for (
      let ms = time - clock.now();
      ms > 0 && !isFromTheFuture(ms, delayMs) && !wait.signal.aborted;
      ms = time - clock.now()
    ) {
      await clock.sleep(Math.min(ms, LOOK_AGAIN_MS), wait.signal);
    }
    if (notDue.get(share) === wait) notDue.delete(share);
    plan();
  };

  const gather = (): Delivery[] => {
    const batch: Delivery[] = [];
    const ready = [...shares].filter(isReady);
    if (ready.length === 0) return batch;
    turn += 1;
    const first = turn % ready.length;
    const order = [...ready.slice(first), ...ready.slice(0, first)];
    const part = Math.ceil(Math.min(BATCH_RECORDS, options.maxInFlight - inFlight) / ready.length);
    const partBytes = (options.maxInFlightBytes - inFlightBytes) / ready.length;
    for (const share of order) take(share, batch, part, partBytes);
    for (const share of order) take(share, batch, BATCH_RECORDS, Infinity);
    for (const share of order) if (isHalfEmpty(share)) deps.onRoom(share);
    return batch;
  };

  const take = (share: Share, batch: Delivery[], most: number, mostBytes: number): void => {
    let bytes = 0;
    for (let taken = 0; taken < most; taken += 1) {
      const record = share.first();
      if (record === undefined || batch.length === BATCH_RECORDS || inFlight >= options.maxInFlight) return;
      const size = record.value.byteLength;
      // A record that is larger than the bound passes when nothing else is in hand.
      if (inFlight > 0 && inFlightBytes + size > options.maxInFlightBytes) return;
      if (taken > 0 && bytes + size > mostBytes) return;
      if (isAhead(share) || !isDue(share)) return;
      share.shift();
      bytes += size;
      batch.push(toDelivery(share, record));
    }
  };

  const toDelivery = (share: Share, record: BusRecord): Delivery => {
    const acknowledge = share.assignment.hand(record.offset);
    const bytes = record.value.byteLength;
    inFlight += 1;
    inFlightBytes += bytes;
    let done = false;
    return {
      ...record,
      ack: () => {
        if (done) return;
        done = true;
        inFlight -= 1;
        inFlightBytes -= bytes;
        acknowledge();
        plan();
      },
    };
  };

  const partOf = (): { records: number; bytes: number } => ({
    records: Math.max(MIN_SHARE, Math.ceil(Math.max(MIN_BUFFERED, options.maxInFlight) / Math.max(1, shares.size))),
    bytes: options.maxInFlightBytes / Math.max(1, shares.size),
  });
  const isFull = (share: Share): boolean => {
    const { records, bytes } = partOf();
    return share.records() >= records || (share.records() > 0 && share.bytes() >= bytes);
  };
  const isHalfEmpty = (share: Share): boolean => {
    const { records, bytes } = partOf();
    return share.records() === 0 || (share.records() * 2 <= records && share.bytes() * 2 <= bytes);
  };

  return {
    add: (share) => {
      shares.add(share);
    },
    remove: (share) => {
      share.assignment.revoke();
      share.drop();
      shares.delete(share);
      notDue.get(share)?.abort();
      notDue.delete(share);
    },
    offer: (share, records) => {
      share.add(records);
      plan();
    },
    isFull,
    isMoving: (share) => !paused && !suspended && !isAhead(share) && isDue(share),
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      plan();
    },
    suspend: () => {
      suspended = true;
    },
    proceed: () => {
      suspended = false;
      plan();
    },
    end: () => {
      over = true;
      for (const wait of notDue.values()) wait.abort();
    },
  };
}
