import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The statements of one partition's table. */
export interface PartitionLog {
  readonly append: StatementSync;
  /** From an offset on, oldest first, as arrays: offset, timestamp, key, headers, value. */
  readonly from: StatementSync;
  readonly read: StatementSync;
  /** The oldest record's offset. */
  readonly oldest: StatementSync;
  /** The oldest records' offsets and timestamps. */
  readonly ages: StatementSync;
  readonly deleteTo: StatementSync;
}

export const tableOf = (partition: number): string => `bus_log_${partition}`;

/**
 * One table per partition, so that every append goes to the right-hand edge of a tree of its own. The name holds an
 * integer key of our own, never a word from outside.
 */
export function createPartitionTable(db: DatabaseSync, partition: number): void {
  db.exec(`CREATE TABLE ${tableOf(partition)} (
    log_offset INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL,
    value BLOB NOT NULL) STRICT`);
}

/** Prepares each partition's statements when they are first needed. */
export function partitionLogs(db: DatabaseSync): (partition: number) => PartitionLog {
  const logs = new Map<number, PartitionLog>();
  return (partition) => {
    let log = logs.get(partition);
    if (log === undefined) {
      const table = tableOf(partition);
      const from = db.prepare(
        `SELECT log_offset, timestamp, key, headers, value FROM ${table} WHERE log_offset >= ? ORDER BY log_offset`,
      );
      from.setReturnArrays(true);
      log = {
        append: db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?)`),
        from,
        read: db.prepare(`SELECT timestamp, key, headers, value FROM ${table} WHERE log_offset = ?`),
        oldest: db.prepare(`SELECT log_offset FROM ${table} ORDER BY log_offset LIMIT 1`),
        ages: db.prepare(`SELECT log_offset, timestamp FROM ${table} ORDER BY log_offset LIMIT ?`),
        deleteTo: db.prepare(`DELETE FROM ${table} WHERE log_offset <= ?`),
      };
      logs.set(partition, log);
    }
    return log;
  };
}
