import type { Clock } from '@herald/contracts';
import type { Assignment } from '../assignment.ts';
import { isFromTheFuture, LOOK_AGAIN_MS } from '../due.ts';
import type { ConsumeOptions, Consumer, Delivery } from '../port.ts';
import type { LogClient } from './client.ts';
import type { Committer } from './committer.ts';
import type { Group, Member } from './group.ts';
import type { Partition } from './partition.ts';
import { parseHeaders } from './records.ts';
import type { FetchResult } from './wire.ts';

/** Of one fetch: more would keep the log's thread from serving others. */
const FETCH_RECORDS = 500;
const FETCH_BYTES = 1024 * 1024;
/** How far a partition may run ahead of a record that is not acknowledged, in multiples of `maxInFlight`. */
const AHEAD = 16;

export interface ConsumerDeps {
  readonly log: LogClient;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly group: Group;
}

export interface EmbeddedConsumer extends Consumer {
  readonly member: Member;
  /** Ends it with this error, unless it has ended. */
  fail(error: Error): void;
}

/**
 * One fetch is outstanding, for all partitions at once. It is planned by whatever can make it worthwhile (records were
 * published, acknowledged, became due; a partition came; `resume`), and each plan looks at the whole state again, so
 * no wake-up can be lost between two of them.
 */
export function createConsumer(options: ConsumeOptions, deps: ConsumerDeps): EmbeddedConsumer {
  const { log, clock, committer, group } = deps;
  const ended = Promise.withResolvers<Error | undefined>();
  const over = new AbortController();
  const assignments = new Map<Assignment<Partition>, { fresh: boolean }>();
  let inFlight = 0;
  let inFlightBytes = 0;
  /** The record that found no room: no use in asking again before there is as much. */
  let tooLarge = 0;
  let turn = 0;
  let paused = false;
  let fetching = false;
  let planned = false;

  const isOver = (): boolean => over.signal.aborted;

  const plan = (): void => {
    if (planned || fetching || paused || isOver()) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      void fetch();
    });
  };

  const fetch = async (): Promise<void> => {
    if (fetching || paused || isOver()) return;
    const maxRecords = Math.min(FETCH_RECORDS, options.maxInFlight - inFlight);
    const maxBytes = Math.min(FETCH_BYTES, options.maxInFlightBytes - inFlightBytes);
    if (maxRecords <= 0 || (inFlight > 0 && maxBytes < Math.max(1, tooLarge))) return;
    const wanted = wantedNow();
    if (wanted.length === 0) return;
    fetching = true;
    tooLarge = 0;
    try {
      const wants = wanted.map(({ partition, next }) => ({
        partition: partition.id,
        from: next(),
        ...(partition.delayMs > 0 ? { delay: { ms: partition.delayMs, now: clock.now() } } : {}),
      }));
      handOver(wanted, await log.fetch({ wants, maxRecords, maxBytes, oversized: inFlight === 0 }));
    } catch (error) {
      fail(error instanceof Error ? error : new Error('the handler threw what is no error'));
    } finally {
      fetching = false;
    }
    plan();
  };

  /** In turns, so that each fetch begins with another partition. */
  const wantedNow = (): Assignment<Partition>[] => {
    const now = clock.now();
    const wanted = [...assignments.keys()].filter(
      (assignment) =>
        assignment.next() < assignment.partition.end &&
        (assignment.dueAt <= now || isFromTheFuture(assignment.dueAt - now, assignment.partition.delayMs)) &&
        assignment.ahead() < AHEAD * options.maxInFlight,
    );
    turn += 1;
    const first = turn % Math.max(1, wanted.length);
    return [...wanted.slice(first), ...wanted.slice(0, first)];
  };

  const handOver = (wanted: readonly Assignment<Partition>[], fetched: FetchResult): void => {
    // What was fetched is dropped, and fetched again in its time.
    if (paused || isOver()) return;
    tooLarge = fetched.tooLarge;
    for (const [want, offset] of fetched.gaps) skipGap(wanted[want], offset);
    const batch: Delivery[] = [];
    let at = 0;
    fetched.offsets.forEach((offset, index) => {
      const value = Buffer.from(fetched.values.buffer, fetched.values.byteOffset + at, fetched.lengths[index]);
      at += value.byteLength;
      const assignment = wanted[fetched.wants[index] ?? -1];
      if (assignment?.live() !== true) return;
      batch.push({
        topic: assignment.partition.topic,
        partition: assignment.partition.number,
        offset,
        timestamp: fetched.timestamps[index] ?? 0,
        key: fetched.keys[index] ?? '',
        headers: parseHeaders(fetched.headers[index] ?? '{}'),
        value,
        ack: take(assignment, offset, value.byteLength),
      });
    });
    for (const [want, timestamp] of fetched.notDue) waitUntilDue(wanted[want], timestamp);
    if (batch.length > 0) options.onBatch(batch);
  };

  /** Counts a record as handed over; returns its `ack`. */
  const take = (assignment: Assignment<Partition>, offset: number, bytes: number): (() => void) => {
    const acknowledge = assignment.hand(offset);
    const state = assignments.get(assignment);
    if (state !== undefined) state.fresh = false;
    inFlight += 1;
    inFlightBytes += bytes;
    let done = false;
    return () => {
      if (done) return;
      done = true;
      inFlight -= 1;
      inFlightBytes -= bytes;
      acknowledge();
      plan();
    };
  };

  const skipGap = (assignment: Assignment<Partition> | undefined, offset: number): void => {
    if (assignment?.live() !== true) return;
    const { topic, number: partition } = assignment.partition;
    const position = { topic, partition, offset: assignment.next() };
    const fresh = assignments.get(assignment)?.fresh === true;
    assignment.skipTo(offset);
    // A new group starts at the oldest record: it has missed nothing that it was promised.
    if (!fresh) options.onAlarm?.({ code: 'offset-out-of-range', group: options.group, position });
  };

  const waitUntilDue = (assignment: Assignment<Partition> | undefined, timestamp: number): void => {
    if (assignment?.live() !== true) return;
    const dueAt = timestamp + assignment.partition.delayMs;
    assignment.dueAt = dueAt;
    void sleepUntil(dueAt, assignment.partition.delayMs).then(plan);
  };

  /**
   * A timer may fire a moment before the clock says so, and nothing else would look again. The clock may also be set
   * meanwhile: that is looked at now and then.
   */
  const sleepUntil = async (time: number, delayMs: number): Promise<void> => {
    for (let ms = time - clock.now(); ms > 0 && !isFromTheFuture(ms, delayMs) && !isOver(); ms = time - clock.now()) {
      await clock.sleep(Math.min(ms, LOOK_AGAIN_MS), over.signal);
    }
  };

  const member: Member = {
    topics: new Set(options.topics),
    assign: (assignment, fresh) => {
      assignments.set(assignment, { fresh });
      assignment.partition.listeners.add(plan);
      tooLarge = 0;
      plan();
    },
    unassign: (assignment) => {
      assignments.delete(assignment);
      assignment.partition.listeners.delete(plan);
    },
  };

  const leave = (): void => {
    over.abort();
    group.leave(member);
  };

  const fail = (error: Error): void => {
    if (isOver()) return;
    leave();
    ended.resolve(error);
  };

  return {
    member,
    fail,
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      plan();
    },
    close: async () => {
      const wasOver = isOver();
      if (!wasOver) leave();
      await committer.flush();
      if (!wasOver) ended.resolve(undefined);
    },
    ended: ended.promise,
  };
}
