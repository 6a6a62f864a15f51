import type { DatabaseSync } from 'node:sqlite';

/**
 * What an embedded implementation gives to the database's thread: the default export of a file that the thread imports
 * by its URL. It runs by type stripping alone, in plain Node.
 */
export interface SqliteModule {
  /** Prefix of its operations: `call('bus.publish', …)`. */
  readonly name: string;
  /** Ascending versions, from 1. Never changed once released: a file remembers only the number. */
  readonly migrations: readonly Migration[];
  /**
   * Called once per open file, after the migrations: prepares statements and returns the operations. An operation runs
   * inside the group's transaction, which may be rolled back and run again: it keeps nothing in memory that a rollback
   * would make wrong. A throw fails its own call only and undoes what that call wrote; domain errors are better
   * returned as values. Arguments and results are copied between threads (structured clone).
   */
  readonly operations: (db: DatabaseSync) => Readonly<Record<string, (args: never) => unknown>>;
}

export interface Migration {
  readonly version: number;
  /** SQL statements, run in one transaction with the note that they were run. */
  readonly up: string;
}
