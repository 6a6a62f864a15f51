import { isOutage, type Clock } from '@herald/contracts';
import type { LogClient } from './client.ts';

/** How long a disk without room is left alone before committing is tried again. */
const FULL_PAUSE_MS = 1_000;

/**
 * Nobody waits for a commit, and each one alone would cost an fsync: at low rates most of them would be commits. What a
 * crash leaves uncommitted is handed over again, as it would be anyway.
 */
const COMMIT_EVERY_MS = 25;

export interface Committer {
  /** The group's acknowledged prefix of the partition ends before `next`. Written soon. */
  mark(group: string, partition: number, next: number): void;
  /** Resolves when all that was marked is committed, or cannot be for now. */
  flush(): Promise<void>;
}

/**
 * Writes down how far each group is. One commit is outstanding; whatever moved meanwhile goes into the next one, with
 * the newest offset only. What is not written in time is handed over again after a restart, never lost. `onBug` is told
 * of an error that is no outage.
 */
export function createCommitter(log: LogClient, clock: Clock, onBug: (error: unknown) => void): Committer {
  let marked = new Map<string, Map<number, number>>();
  let writing: Promise<void> | undefined;
  let resting = false;
  let planned = false;

  const write = async (): Promise<void> => {
    const taken = marked;
    marked = new Map();
    const entries = [...taken].flatMap(([group, nexts]) =>
      [...nexts].map(([partition, next]) => [group, partition, next] as const),
    );
    try {
      await log.commit(entries);
    } catch (error) {
      if (!isOutage(error)) onBug(error);
      // Without its database the bus is at its end, and `Bus.failed` tells.
      if (!isOutage(error) || error.code !== 'full') return;
      for (const [group, partition, next] of entries) {
        if (marked.get(group)?.has(partition) !== true) note(group, partition, next);
      }
      void rest();
    }
  };

  const rest = async (): Promise<void> => {
    resting = true;
    await clock.sleep(FULL_PAUSE_MS);
    resting = false;
    plan();
  };

  const start = async (): Promise<void> => {
    writing = write();
    await writing;
    writing = undefined;
    plan();
  };

  const plan = (): void => {
    if (planned || resting || writing !== undefined || marked.size === 0) return;
    planned = true;
    setTimeout(() => {
      planned = false;
      if (marked.size > 0 && writing === undefined) void start();
    }, COMMIT_EVERY_MS).unref();
  };

  const note = (group: string, partition: number, next: number): void => {
    let nexts = marked.get(group);
    if (nexts === undefined) {
      nexts = new Map();
      marked.set(group, nexts);
    }
    nexts.set(partition, next);
  };

  return {
    mark: (group, partition, next) => {
      note(group, partition, next);
      plan();
    },
    flush: async () => {
      await writing;
      if (marked.size > 0 && writing === undefined) void start();
      // Whoever began it: it holds all that was marked before this call.
      await writing;
    },
  };
}
