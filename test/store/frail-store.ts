import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { systemRuntime } from '@herald/service-kit';
import type { Store } from '@herald/store';
import { createMongoStore, migrate } from '@herald/store/mongo';
import { breakWire, type WireBreaker } from '../support/wire-breaker.ts';
import { BUILD_MS, dropDatabase, mongoServer, newDatabase } from './mongo-server.ts';

/** A store on a wire that the test breaks. */
export interface Frail {
  readonly store: Store;
  readonly wire: WireBreaker;
  /** The server, past the wire. */
  readonly url: string;
  readonly database: string;
}

/** Each test of the file has one of its own. */
export function frailStore(): () => Frail {
  let server: Awaited<ReturnType<typeof mongoServer>>;
  let frail: Frail;
  beforeAll(async () => {
    server = await mongoServer();
  }, BUILD_MS);
  afterAll(() => server.stop());
  beforeEach(async () => {
    const { url } = server;
    const wire = await breakWire(url);
    const database = newDatabase();
    await migrate({ url, database });
    const store = await createMongoStore({ url: wire.url, database, newId: systemRuntime.newId, changeTakesMs: 300 });
    frail = { store, wire, url, database };
  });
  afterEach(async () => {
    const { store, wire, url, database } = frail;
    await store.close();
    await wire.close();
    await dropDatabase(url, database);
  });
  return () => frail;
}
