import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedBus, embeddedBusModule } from '@herald/bus';
import { loadSecrets } from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule } from '@herald/store';
import { watchRoom } from '../room.ts';
import type { Ports, PortsDeps } from './ports.ts';

/** One file in the data folder. Throws `OpenError` where the data is not usable. */
export async function openEmbeddedPorts(deps: PortsDeps): Promise<Ports> {
  const { config, topics, runtime } = deps;
  const { dataDir, maxDataBytes: maxBytes } = config;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = await openDatabase({
    file: join(dataDir, 'herald.db'),
    modules: [embeddedBusModule, embeddedStoreModule],
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  // Only the process that has the data makes its secrets.
  const secrets = loadSecrets(config);
  const bus = await createEmbeddedBus({ database, topics, clock: runtime.clock });
  const store = createSqliteStore({ database });
  const room = watchRoom({ ...deps, database, dataDir, maxBytes, clock: runtime.clock });
  return {
    bus,
    store,
    secrets,
    adminKeyCreated: secrets.created.adminKey,
    database,
    alone: true,
    refusal: room.refusal,
    failed: Promise.race([database.failed, bus.failed, store.failed]),
    async close() {
      room.close();
      await bus.close();
      await store.close();
      await database.close();
    },
  };
}
