import { mkdirSync } from 'node:fs';
import { Misconfigured } from '@herald/contracts';
import {
  createHealth,
  createLog,
  createMetrics,
  ensureAdminKey,
  isDistributed,
  loadSecrets,
  systemRuntime,
  type Config,
} from '@herald/service-kit';
import { migrate } from '@herald/store/mongo';
import { mongoOptionsOf, openDistributedPorts } from './ports/distributed.ts';
import { topicsOf } from './topics.ts';

/**
 * Makes what the processes of an installation share and none of them makes by itself: collections and indexes, topics,
 * the secrets that are not configured (in HERALD_DATA), and the first key. It may be run again, and takes nothing away.
 */
export async function prepare(config: Config, tell: (line: string) => void): Promise<void> {
  const mongo = mongoOptionsOf(config);
  if (!isDistributed(config) || mongo === undefined) {
    throw new Misconfigured(
      '--prepare is for HERALD_KAFKA_BROKERS and HERALD_MONGO_URL: alone, a process prepares itself',
    );
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const { created } = loadSecrets(config);
  for (const [name, made] of Object.entries(created)) if (made) tell(`${name} made, in ${config.dataDir}`);
  await migrate(mongo);
  tell('the database is ready');
  const ports = await openDistributedPorts({
    config,
    topics: topicsOf(config),
    runtime: systemRuntime,
    health: createHealth(),
    metrics: createMetrics(),
    log: createLog(config),
  });
  tell('the topics are ready');
  const { adminKey } = ports.secrets;
  if (adminKey !== undefined) await ensureAdminKey(ports.store, systemRuntime, adminKey);
  await ports.close();
}
