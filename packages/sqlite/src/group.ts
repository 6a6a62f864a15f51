import type { DatabaseSync } from 'node:sqlite';
import { isCopying } from './copy.ts';
import { isFatal, isFull, messageOf } from './errors.ts';
import { checkpoint } from './open-file.ts';
import type { Call, CallOutcome } from './protocol.ts';

export type Operation = (args: never) => unknown;

export interface GroupRunner {
  /** Carries out the calls in one transaction, and is back after it is on disk. Throws when the file is beyond use. */
  run(calls: readonly Call[]): CallOutcome[];
  /** Transactions that wrote something: each was one fsync. */
  readonly commits: () => number;
  readonly calls: () => number;
}

/**
 * The one place that begins and ends transactions. A call that throws is undone to its savepoint and fails alone. But
 * when room runs out, SQLite undoes the whole transaction by itself, neighbours included, or refuses the commit: then
 * nothing of the group is kept and each call is carried out again in a transaction of its own, so that only those that
 * need more room than there is are told.
 */
export function createGroupRunner(db: DatabaseSync, operations: ReadonlyMap<string, Operation>): GroupRunner {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const savepoint = db.prepare('SAVEPOINT one_call');
  const release = db.prepare('RELEASE one_call');
  const changes = db.prepare('SELECT total_changes() AS n');
  const totalChanges = (): number => Number(changes.get()?.['n']);

  let commits = 0;
  let served = 0;
  let changed = totalChanges();

  const runOne = ([name, args]: Call): CallOutcome => {
    const operation = operations.get(name);
    if (operation === undefined) return failure(new Error(`unknown operation ${name}`));
    savepoint.run();
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- caller and operation agree by its name
      const value = operation(args as never);
      release.run();
      return { ok: true, value };
    } catch (error) {
      if (isFatal(error) || !db.isTransaction) throw error;
      db.exec('ROLLBACK TO one_call; RELEASE one_call');
      if (isFull(error)) throw error;
      return failure(error);
    }
  };

  const transaction = (calls: readonly Call[]): CallOutcome[] => {
    begin.run();
    try {
      const outcomes = calls.map(runOne);
      commit.run();
      const total = totalChanges();
      if (total !== changed) commits += 1;
      changed = total;
      return outcomes;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      changed = totalChanges();
      throw error;
    }
  };

  const alone = (call: Call): CallOutcome => {
    try {
      return transaction([call])[0] ?? failure(new Error('no outcome'));
    } catch (error) {
      if (!isFull(error)) throw error;
      return failure(error);
    }
  };

  const run = (calls: readonly Call[]): CallOutcome[] => {
    served += calls.length;
    try {
      return transaction(calls);
    } catch (error) {
      if (!isFull(error)) throw error;
      shrinkLog(db);
      return calls.map(alone);
    }
  };

  return { run, commits: () => commits, calls: () => served };
}

const failure = (error: unknown): CallOutcome => ({ ok: false, full: isFull(error), message: messageOf(error) });

/** Gives the write-ahead log's room back to a disk that is full, where that is possible. */
function shrinkLog(db: DatabaseSync): void {
  if (isCopying(db)) return;
  try {
    checkpoint(db);
  } catch (error) {
    if (isFatal(error)) throw error;
  }
}
