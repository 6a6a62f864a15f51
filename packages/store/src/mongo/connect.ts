import { Misconfigured, Outage } from '@herald/contracts';
import mongoose, { type Connection } from 'mongoose';
import { refusesLogin, translated } from './errors.ts';
import { patchDriver } from './patch.ts';

export interface MongoOptions {
  /** `mongodb://…` or `mongodb+srv://…`, with credentials and TLS where they are needed. */
  readonly url: string;
  /** Default: the one that the URL names, else `herald`. */
  readonly database?: string;
  /** Connections at most. Default 20: the hot path gathers, so few commands are under way at once. */
  readonly poolSize?: number;
  /** How long to look for a server that takes writes, and to wait for a connection, in milliseconds. Default 2,000. */
  readonly reachWithinMs?: number;
  /** How long a server may take to answer one command, in milliseconds. Default 5,000. */
  readonly answerWithinMs?: number;
}

/**
 * Throws `Outage` when no server was there in time, and `Misconfigured` when it refuses the login. A call costs at most
 * a look for a server, a wait for a connection and an answer, twice where it is repeated; nothing waits without an end.
 */
export function connect(options: MongoOptions): Promise<Connection> {
  patchDriver();
  const { url, poolSize = 20, reachWithinMs = 2_000, answerWithinMs = 5_000 } = options;
  return mongoose
    .createConnection(url, {
      dbName: options.database ?? databaseIn(url) ?? 'herald',
      appName: 'herald',
      maxPoolSize: poolSize,
      serverSelectionTimeoutMS: reachWithinMs,
      connectTimeoutMS: reachWithinMs,
      waitQueueTimeoutMS: reachWithinMs,
      socketTimeoutMS: answerWithinMs,
      // A server that hangs is noticed by this, not by each caller anew.
      heartbeatFrequencyMS: 2_000,
      readPreference: 'primary',
      // What a majority has cannot be rolled back, neither what is acknowledged nor what is read.
      readConcern: { level: 'majority' },
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: answerWithinMs },
      retryReads: true,
      // Writes are repeated by `insertOnce`, which can tell its own from another's without the server's help; the
      // server's help costs it a write per command.
      retryWrites: false,
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
    })
    .asPromise()
    .then(admitted)
    .catch((error: unknown) => {
      throw refusesLogin(error)
        ? new Misconfigured('the database refuses the user of HERALD_MONGO_URL: the name, the password or the rights', {
            cause: error,
          })
        : named(translated(error));
    });
}

/** A server that wants a login lets everybody connect, and refuses the first command. */
async function admitted(connection: Connection): Promise<Connection> {
  try {
    await connection.listCollections();
    return connection;
  } catch (error) {
    await connection.destroy();
    throw error;
  }
}

/** Which setting to look at. */
const named = (error: unknown): unknown =>
  error instanceof Outage ? new Outage(error.code, `${error.message} (HERALD_MONGO_URL)`, { cause: error }) : error;

/** The path of a URL that may name several hosts, which `URL` does not take. */
const databaseIn = (url: string): string | undefined => /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
