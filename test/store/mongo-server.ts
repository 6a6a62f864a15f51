import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import { startMongo } from '../../infra/local/mongo.ts';

/** The first start on a machine builds the server. */
export const BUILD_MS = 900_000;

/** A database server for the tests: the one at HERALD_TEST_MONGO_URL, else one of its own. */
export async function mongoServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const url = process.env['HERALD_TEST_MONGO_URL'];
  if (url !== undefined) return { url, stop: () => Promise.resolve() };
  const dir = mkdtempSync(join(tmpdir(), 'herald-mongo-'));
  const server = await startMongo({ dir });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      rmSync(dir, { recursive: true });
    },
  };
}

/** A name that no other test has, on a server that tests may share. */
export const newDatabase = (): string => `herald-test-${randomUUID()}`;

export const dropDatabase = (url: string, database: string): Promise<unknown> =>
  connected(url, database, (connection) => connection.dropDatabase());

export const countDocuments = (url: string, database: string, collection: string): Promise<number> =>
  connected(url, database, (connection) => connection.collection(collection).countDocuments());

export const dropIndex = (url: string, database: string, collection: string, index: string): Promise<unknown> =>
  connected(url, database, (connection) => connection.collection(collection).dropIndex(index));

async function connected<T>(url: string, dbName: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await mongoose.createConnection(url, { dbName }).asPromise();
  try {
    return await use(connection);
  } finally {
    await connection.destroy();
  }
}
