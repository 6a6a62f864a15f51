import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@herald/sqlite';
import { testStore } from '../conformance/index.ts';
import { createSqliteStore, embeddedStoreModule } from './store.ts';

testStore('sqlite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'herald-store-'));
  const open = () => openDatabase({ file: join(directory, 'herald.db'), modules: [embeddedStoreModule] });
  let database = await open();
  return {
    store: createSqliteStore({ database }),
    reopen: async () => {
      await database.close();
      database = await open();
      return createSqliteStore({ database });
    },
    dispose: async () => {
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
});
