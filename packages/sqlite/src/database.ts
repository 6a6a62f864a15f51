import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Outage } from '@herald/contracts';
import { OpenError } from './open-error.ts';
import { inUse } from './open-file.ts';
import {
  STATS_OPERATION,
  USAGE_OPERATION,
  type Call,
  type CallOutcome,
  type Reply,
  type Request,
  type ThreadData,
} from './protocol.ts';

export interface DatabaseStats {
  /** Transactions that wrote something; each was one fsync. */
  readonly commits: number;
  readonly calls: number;
  /** As the thread's own connection reports it: 2 is FULL. */
  readonly synchronous: number;
  readonly journalMode: string;
}

export interface DatabaseUsage {
  /** The file, without its write-ahead log. */
  readonly fileBytes: number;
  /** Without the pages that are free to be used again. */
  readonly usedBytes: number;
}

export interface Database {
  /**
   * Carries out a module's operation (`bus.publish`) in the thread's next transaction, and resolves with its result
   * after that transaction is committed and on disk. Calls that arrive while one is under way are gathered into the
   * next, in their order. Throws `Outage`: `full` (nothing of this call remains), `unavailable` (the thread is gone),
   * `closed`; and a plain Error when the operation itself threw.
   */
  call(operation: string, args: unknown): Promise<unknown>;
  /** Counted by the thread itself. */
  stats(): Promise<DatabaseStats>;
  usage(): Promise<DatabaseUsage>;
  /**
   * Copies the database to a new file, as it is at one moment, while calls go on. Throws an Error that says why when it
   * cannot. One copy at a time.
   */
  backup(file: string): Promise<void>;
  /** Resolves with the reason when the thread is gone; the process must end then. */
  readonly failed: Promise<Error>;
  /** Finishes what was called, then closes the file. Idempotent. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly file: string;
  /** Files whose default export is a `SqliteModule`. */
  readonly modules: readonly URL[];
  /** No more than this is ever stored; beyond it calls throw `Outage` `full`. Default: what the disk holds. */
  readonly maxBytes?: number;
}

/**
 * The files open in this process. SQLite's lock belongs to the process, and is lost when anybody in it opens and closes
 * the same file in another way: so a second opening must be refused before the file is touched.
 */
const openFiles = new Set<string>();

/** Creates or opens a file for this process alone. Throws `OpenError`, and leaves the file as it was. */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  const file = identityOf(options.file);
  if (openFiles.has(file)) throw inUse(options.file);
  openFiles.add(file);
  try {
    return await start(options, () => openFiles.delete(file));
  } catch (error) {
    openFiles.delete(file);
    throw error;
  }
}

function identityOf(file: string): string {
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    // Not there yet: the directory says which file it will be.
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function start(options: OpenOptions, onGone: () => void): Promise<Database> {
  const data: ThreadData = {
    file: options.file,
    modules: options.modules.map((url) => url.href),
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  };
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: data, name: 'sqlite' });
  const opened = Promise.withResolvers<Database>();
  const failed = Promise.withResolvers<Error>();
  const gone = Promise.withResolvers<void>();
  let state: 'opening' | 'open' | 'closing' | 'gone' = 'opening';
  let reason = new Outage('closed', 'the database is closed');
  let waiting: Waiting[] = [];
  /** What the thread is carrying out. At most one group is outstanding: whoever comes meanwhile joins the next. */
  let outstanding: readonly Waiting[] | undefined;
  let flushPlanned = false;
  let closeAsked = false;
  let copying: PromiseWithResolvers<void> | undefined;

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
  const post = (request: Request): void => worker.postMessage(request);

  const flush = (): void => {
    flushPlanned = false;
    if (outstanding !== undefined || state === 'gone') return;
    if (waiting.length === 0) {
      // Once: a flush may have been planned before the close came.
      if (state === 'closing' && !closeAsked && copying === undefined) {
        closeAsked = true;
        post({ kind: 'close' });
      }
      return;
    }
    outstanding = waiting;
    waiting = [];
    try {
      post({ kind: 'group', calls: outstanding.map(({ call }) => call) });
    } catch {
      waiting = outstanding.filter(refuseUncopiable);
      outstanding = undefined;
      flush();
    }
  };

  const planFlush = (): void => {
    if (flushPlanned || outstanding !== undefined) return;
    flushPlanned = true;
    setImmediate(flush);
  };

  const onReply = (reply: Reply): void => {
    switch (reply.kind) {
      case 'open':
        state = 'open';
        opened.resolve(database);
        return;
      case 'refused':
        opened.reject(new OpenError(reply.code, reply.message));
        return;
      case 'group': {
        const answered = outstanding ?? [];
        outstanding = undefined;
        // First the callers: what they call next travels in the next group, not in the one after it.
        answered.forEach((entry, index) => settle(entry, reply.outcomes[index]));
        planFlush();
        return;
      }
      case 'backup':
        if (reply.error === undefined) copying?.resolve();
        else copying?.reject(new Error(`the backup failed: ${reply.error}`));
        copying = undefined;
        planFlush();
        return;
      case 'broken':
        end(new Error(`the database cannot go on: ${reply.message}`));
        return;
      case 'closed':
        return;
    }
  };

  /** The thread is gone, or useless: nobody may wait for it any more. */
  const end = (error: Error): void => {
    if (state === 'gone') return;
    if (state === 'opening') opened.reject(error);
    if (state === 'open' || state === 'closing') {
      reason = new Outage('unavailable', 'the database is gone', { cause: error });
      failed.resolve(error);
    }
    state = 'gone';
    for (const { reject } of [...(outstanding ?? []), ...waiting]) reject(reason);
    waiting = [];
    outstanding = undefined;
    copying?.reject(reason);
    copying = undefined;
    void worker.terminate();
  };

  const isClosed = (): boolean => state === 'closing' && outstanding === undefined && waiting.length === 0;

  worker.on('message', onReply);
  worker.on('messageerror', end);
  worker.on('error', (error) => end(error instanceof Error ? error : new Error('the database thread threw')));
  worker.on('exit', (code) => {
    if (isClosed() && code === 0) state = 'gone';
    end(new Error(`the database thread ended with code ${code}`));
    onGone();
    gone.resolve();
  });

  const call = (operation: string, args: unknown): Promise<unknown> => {
    if (state !== 'open') return Promise.reject(state === 'gone' ? reason : new Outage('closed', reason.message));
    return new Promise((resolveCall, rejectCall) => {
      waiting.push({ call: [operation, args], resolve: resolveCall, reject: rejectCall });
      planFlush();
    });
  };

  const database: Database = {
    call,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own thread made it
    stats: async () => (await call(STATS_OPERATION, undefined)) as DatabaseStats,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own thread made it
    usage: async () => (await call(USAGE_OPERATION, undefined)) as DatabaseUsage,
    backup: async (target) => {
      if (state !== 'open') throw state === 'gone' ? reason : new Outage('closed', reason.message);
      if (copying !== undefined) throw new Error('the backup failed: another one is being made');
      copying = Promise.withResolvers<void>();
      post({ kind: 'backup', file: target });
      await copying.promise;
    },
    failed: failed.promise,
    close: async () => {
      if (state === 'open') {
        state = 'closing';
        flush();
      }
      await gone.promise;
    },
  };
  return opened.promise;
}

function settle(entry: Waiting, outcome: CallOutcome | undefined): void {
  if (outcome?.ok === true) entry.resolve(outcome.value);
  else if (outcome?.full === true) entry.reject(new Outage('full', 'no room left to store it'));
  else entry.reject(new Error(`${entry.call[0]}: ${outcome?.message ?? 'no outcome'}`));
}

/** A group with arguments that cannot be copied to the thread: its caller's bug, and not its neighbours'. */
function refuseUncopiable(entry: Waiting): boolean {
  try {
    structuredClone(entry.call);
    return true;
  } catch (error) {
    entry.reject(error instanceof Error ? error : new TypeError('arguments that cannot be copied'));
    return false;
  }
}
