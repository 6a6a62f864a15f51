import { Outage, type Clock } from '@herald/contracts';
import type { EachBatchPayload } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumeOptions, Consumer } from '../port.ts';
import type { Owned } from './assigner.ts';
import { createCommits } from './commits.ts';
import { explain, isForGood, toOutage } from './errors.ts';
import { createHandover } from './handover.ts';
import type { LogFilter } from './log.ts';
import type { KafkaObserver } from './observer.ts';
import { toRecord } from './records.ts';
import { openSession, type Session } from './session.ts';
import type { KafkaSettings } from './settings.ts';
import { createShare, type Place, type Share } from './share.ts';
import { watchSession } from './watchdog.ts';

export interface ConsumerDeps {
  readonly settings: KafkaSettings;
  readonly clock: Clock;
  readonly log: LogFilter;
  readonly observer: KafkaObserver;
  /** The group's name on the cluster. */
  readonly group: string;
  /** Topics by their name on the cluster. */
  readonly topics: ReadonlyMap<
    string,
    { readonly name: string; readonly partitions: number; readonly delayMs: number }
  >;
  /** As `Reader.leave`. */
  readonly leave: (group: string, memberId: string) => Promise<void>;
}

export interface KafkaConsumer extends Consumer {
  /** Resolves when it is a member of its group; rejects with an `Outage` when it ended before. */
  readonly joined: Promise<void>;
}

const PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** In place of an offset that could not be asked for in time: an alarm without it is better than none. */
const UNKNOWN = -1;
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error('what was thrown is no error'));
const placeName = ({ topic, partition }: Owned): string => `${topic} ${partition}`;

/**
 * A member of a group, over outages and crashes of kafkajs: `eachBatch` does nothing but fill the buffer, so heartbeats
 * do not depend on the handler. What is taken away is dropped; what is kept over a rebalance goes on where it was.
 */
export function createConsumer(options: ConsumeOptions, deps: ConsumerDeps): KafkaConsumer {
  const { settings, observer, group } = deps;
  const ended = Promise.withResolvers<Error | undefined>();
  const joined = Promise.withResolvers<void>();
  const over = new AbortController();
  const shares = new Map<string, Share>();
  /** What the group had committed of a share when it was given to this member; undefined: nothing, ever. */
  const starts = new Map<Share, Promise<number | undefined>>();
  /** What was out of range, until it is known where kafkajs goes on. */
  const lostAt = new Map<Share, number>();
  /** Batches that wait for room in the buffer. */
  const waits = new Map<Share, () => void>();
  let session: Session | undefined;
  let joining = true;
  let wasMember = false;

  const handover = createHandover(options, {
    clock: deps.clock,
    onRoom: (share) => {
      waits.get(share)?.();
      if (!share.held) return;
      share.held = false;
      session?.release(clusterPlace(share.place));
    },
    onBug: (error) => fail(asError(error)),
    onBatch: (records, bytes) => observer.onMetric({ kind: 'batch', group, records, bytes }),
  });

  const commits = createCommits({
    group,
    everyMs: settings.commitMs,
    observer,
    write: async (marks) => {
      if (session === undefined || joining) throw new Error('between two generations');
      await session.commit(marks.map(({ share, next }) => ({ ...clusterPlace(share.place), offset: next })));
    },
  });

  const clusterNames = new Map([...deps.topics].map(([cluster, { name }]) => [name, cluster]));
  const clusterPlace = ({ topic, partition }: Place): Owned => ({ topic: clusterNames.get(topic) ?? topic, partition });

  const drop = (name: string, share: Share): void => {
    shares.delete(name);
    starts.delete(share);
    lostAt.delete(share);
    handover.remove(share);
    waits.get(share)?.();
  };
  const dropAll = (): void => {
    for (const [name, share] of shares) drop(name, share);
  };

  const take = (place: Owned): Share | undefined => {
    const topic = deps.topics.get(place.topic);
    if (topic === undefined) return undefined;
    const { name, delayMs } = topic;
    const share = createShare({ topic: name, partition: place.partition, delayMs }, commits.mark);
    shares.set(placeName(place), share);
    handover.add(share);
    return share;
  };

  const onJoined = (assigned: readonly Owned[], kept: boolean): void => {
    joining = false;
    const mine = new Set(assigned.map(placeName));
    for (const [name, share] of shares) if (!kept || !mine.has(name)) drop(name, share);
    const fresh: [Share, Owned][] = [];
    for (const place of assigned) {
      const known = shares.get(placeName(place));
      const share = known ?? take(place);
      if (share === undefined) continue;
      if (known === undefined) fresh.push([share, place]);
      // kafkajs begins at the committed offset again, also with what it had before.
      else if (known.fetchNext !== undefined) session?.seek(place, known.fetchNext);
      // And it leaves paused what was paused, also when somebody else has had it since.
      if (!share.held) session?.release(place);
    }
    noteStarts(fresh);
    observer.onMetric({ kind: 'assigned', group, partitions: assigned.length, kept: shares.size - fresh.length });
    handover.proceed();
    wasMember = true;
    joined.resolve();
  };

  /** Asked for before the first fetch can have failed: kafkajs overwrites what it cannot find. */
  const noteStarts = (fresh: readonly (readonly [Share, Owned])[]): void => {
    if (fresh.length === 0 || session === undefined) return;
    const committed = session.committed(fresh.map(([, place]) => place));
    for (const [share, place] of fresh) {
      starts.set(
        share,
        committed.then(
          (offsets) => offsets.get(placeName(place)),
          () => UNKNOWN,
        ),
      );
    }
  };

  const onOutOfRange = (place: Owned): void => {
    const share = shares.get(placeName(place));
    if (share === undefined) return;
    const { topic, partition } = share.place;
    const alarm = (offset: number | undefined): void => {
      // A new group starts at the oldest record: it has missed nothing that it was promised.
      if (offset === undefined) return;
      try {
        options.onAlarm?.({
          code: 'offset-out-of-range',
          group: options.group,
          position: { topic, partition, offset },
        });
      } catch (error) {
        fail(asError(error));
      }
    };
    if (share.fetchNext === undefined) void starts.get(share)?.then(alarm);
    else {
      alarm(share.fetchNext);
      lostAt.set(share, share.fetchNext);
      share.fetchNext = undefined;
    }
  };

  const onBatch = async ({ batch, resolveOffset, isStale }: EachBatchPayload): Promise<void> => {
    const name = placeName(batch);
    let share = shares.get(name);
    const last = batch.messages.at(-1);
    if (share === undefined || last === undefined || isStale()) return;
    // kafkajs would fetch what is not resolved again and again, as fast as it can, until it is closed.
    if (over.signal.aborted) return session?.hold(clusterPlace(share.place));
    const firstOffset = Number(batch.messages[0]?.offset);
    const lost = lostAt.get(share);
    lostAt.delete(share);
    if (lost !== undefined && firstOffset < lost) {
      // The log lost its end, and offsets name other records than those in hand.
      drop(name, share);
      share = take(batch);
      if (share === undefined) return;
    }
    const { topic, partition } = share.place;
    const from = share.fetchNext ?? 0;
    const records = batch.messages.map((message) => toRecord(topic, partition, message));
    share.fetchNext = Number(batch.lastOffset()) + 1;
    resolveOffset(last.offset);
    handover.offer(
      share,
      records.filter(({ offset }) => offset >= from),
    );
    if (handover.isFull(share)) await makeRoom(share);
  };

  /** A handler that keeps up makes room sooner than kafkajs would fetch again after a pause. */
  const makeRoom = async (share: Share): Promise<void> => {
    if (handover.isMoving(share)) {
      const wait = Promise.withResolvers<void>();
      waits.set(share, wait.resolve);
      const timer = setTimeout(wait.resolve, 2 * settings.maxWaitMs);
      await wait.promise;
      clearTimeout(timer);
      waits.delete(share);
    }
    if (!handover.isFull(share) || !share.assignment.live()) return;
    share.held = true;
    session?.hold(clusterPlace(share.place));
  };

  const live = async (): Promise<void> => {
    let ghost: string | undefined;
    const giveUpAt = performance.now() + settings.rebalanceTimeoutMs;
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      const opened = openSession(
        {
          settings,
          log: deps.log,
          group,
          topics: new Map([...deps.topics].map(([cluster, { partitions }]) => [cluster, partitions])),
          ghost,
          leave: deps.leave,
        },
        {
          owned: () => [...shares.values()].map(({ place }) => clusterPlace(place)),
          onRebalance: () => void commits.flush(),
          onJoining: () => {
            joining = true;
            handover.suspend();
          },
          onJoined: (assigned, kept) => {
            pauseMs = PAUSE_MS;
            onJoined(assigned, kept);
          },
          onBatch,
          onOutOfRange,
        },
      );
      session = opened;
      const watchdog = watchSession(opened, () => settings.stallMs + (joining ? settings.rebalanceTimeoutMs : 0));
      const error = await opened.ended;
      watchdog.stop();
      if (over.signal.aborted) return;
      joining = true;
      handover.suspend();
      dropAll();
      const crash = error ?? new Error('kafkajs ended without a word');
      if (isForGood(crash) || (!wasMember && performance.now() > giveUpAt)) return fail(crash);
      if (wasMember) {
        const why = watchdog.barked() ? crash.message : explain(crash, settings);
        deps.log.line({ level: 'error', message: `Kafka: a consumer begins again: ${why}`, group });
        observer.onMetric({ kind: 'restart', group, reason: watchdog.barked() ? 'stall' : 'crash' });
      }
      ghost = opened.memberId() ?? ghost;
      await delay(pauseMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
    }
  };

  const shut = async (): Promise<void> => {
    over.abort();
    handover.end();
    for (const resolve of waits.values()) resolve();
    await commits.settle(session === undefined || shares.size === 0 ? 0 : settings.closeTimeoutMs);
    dropAll();
    await session?.close();
  };
  let shutting: Promise<void> | undefined;

  const fail = (error: Error): void => {
    if (over.signal.aborted) return;
    joined.reject(toOutage(error, `consume as ${options.group}`, settings));
    ended.resolve(error);
    shutting ??= shut();
  };

  joined.promise.catch(() => undefined);
  live().catch((error: unknown) => fail(asError(error)));
  return {
    joined: joined.promise,
    pause: handover.pause,
    resume: handover.resume,
    close: async () => {
      shutting ??= shut();
      await shutting;
      joined.reject(new Outage('closed', 'the consumer was closed'));
      ended.resolve(undefined);
    },
    ended: ended.promise,
  };
}
