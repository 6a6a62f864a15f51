import { afterAll, beforeAll } from '@jest/globals';
import { systemRuntime } from '@herald/service-kit';
import { testStore } from '@herald/store/conformance';
import { createMongoStore, migrate } from '@herald/store/mongo';
import { BUILD_MS, dropDatabase, mongoServer, newDatabase } from './mongo-server.ts';

let server: Awaited<ReturnType<typeof mongoServer>>;
beforeAll(async () => {
  server = await mongoServer();
}, BUILD_MS);
afterAll(() => server.stop());

testStore('mongo', async () => {
  const options = { url: server.url, database: newDatabase(), newId: systemRuntime.newId };
  await migrate(options);
  let store = await createMongoStore(options);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await createMongoStore(options);
      return store;
    },
    dispose: async () => {
      await store.close();
      await dropDatabase(options.url, options.database);
    },
  };
});
