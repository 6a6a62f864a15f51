import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedBus, embeddedBusModule, type Bus } from '@herald/bus';
import { allTopics, type Channel, type Runtime } from '@herald/contracts';
import { createPipeline, watch } from '@herald/pipeline';
import {
  authenticate,
  createCatalog,
  createHasher,
  createHealth,
  createHttpServer,
  createMetrics,
  ensureAdminKey,
  loadSecrets,
  type Config,
  type DecorateProvider,
  type Log,
  type ServiceDeps,
} from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule, type Store } from '@herald/store';
import { createBackupApi } from './backup.ts';
import { createInboxApi } from './inbox/api.ts';
import { startInbox } from './inbox/inbox.ts';
import { createObserver } from './observer.ts';
import { startRoles } from './roles.ts';
import { watchRoom } from './room.ts';

const WATCH_EVERY_MS = 2_000;
const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;

export interface StandaloneOptions {
  readonly config: Config;
  readonly log: Log;
  readonly runtime: Runtime;
  /** Stands between the roles and their ports: suites use it to hold, fail or kill at a chosen point. */
  readonly decorate?: {
    readonly bus?: (bus: Bus) => Bus;
    readonly store?: (store: Store) => Store;
    readonly provider?: DecorateProvider;
  };
}

export interface Standalone {
  readonly url: string;
  /** The channels whose messages come to the inbox, for want of an account of one's own. */
  readonly inbox: readonly Channel[];
  readonly adminKey: string;
  /** True on the first start without HERALD_ADMIN_KEY: the key is to be shown once. */
  readonly adminKeyCreated: boolean;
  /** What express answers to, as `GET /v1/surfaces/:id`. */
  readonly routes: readonly string[];
  /** Resolves with the reason when the process can no longer do its job; readiness is red by then. */
  readonly failed: Promise<Error>;
  /** Stops accepting, finishes what is in flight, settles, acknowledges; after the deadline what is left comes again. */
  close(): Promise<void>;
}

/** Starts the configured roles in this process, on the embedded bus and store. Throws `OpenError` where the data is not usable. */
export async function startStandalone({ config, log, runtime, decorate = {} }: StandaloneOptions): Promise<Standalone> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const file = join(config.dataDir, 'herald.db');
  const database = await openDatabase({
    file,
    modules: [embeddedBusModule, embeddedStoreModule],
    ...(config.maxDataBytes === undefined ? {} : { maxBytes: config.maxDataBytes }),
  });
  // Only the process that has the data makes its secrets.
  const secrets = loadSecrets(config);
  const topics = allTopics({
    partitions: config.partitions,
    retentionMs: config.topicRetentionMs,
    ladderMs: config.ladderMs,
  });
  const embeddedBus = await createEmbeddedBus({ database, topics, clock: runtime.clock });
  const embeddedStore = createSqliteStore({ database });
  const bus = decorate.bus?.(embeddedBus) ?? embeddedBus;
  const store = decorate.store?.(embeddedStore) ?? embeddedStore;
  await ensureAdminKey(store, runtime, secrets.adminKey);

  const { publicKey: vapidPublicKey, privateKey: vapidPrivateKey } = secrets.vapid;
  const inbox = await startInbox(config, vapidPublicKey, () => runtime.clock.now());
  const metrics = createMetrics();
  const health = createHealth();
  const pipeline = createPipeline({
    bus,
    store,
    runtime,
    observer: createObserver(metrics, log),
    settings: { ...config, maxInFlightBytes: MAX_IN_FLIGHT_BYTES },
  });
  pipeline.patience.onChange((waiting) =>
    health.set('storage', !waiting, waiting ? 'the log or the store does not answer' : undefined),
  );
  const catalog = createCatalog({ store, clock: runtime.clock, pollMs: config.configPollMs, log, health });
  const room = watchRoom({
    database,
    dataDir: config.dataDir,
    maxBytes: config.maxDataBytes,
    clock: runtime.clock,
    health,
    metrics,
    log,
  });
  const deps: ServiceDeps = {
    pipeline,
    catalog,
    authenticated: authenticate({ catalog, clock: runtime.clock, keyRateLimit: config.keyRateLimit }),
    runtime,
    config: { ...config, vapidPublicKey, vapidPrivateKey, ...inbox?.settings },
    hasher: createHasher(secrets.hmacKey),
    log,
    metrics,
    full: room.refusal,
  };

  const { running, apis } = await startRoles(deps, decorate.provider);
  if (inbox !== undefined) apis.push(createInboxApi(deps, inbox));
  apis.push(createBackupApi(deps, database));
  const watching = watch(
    pipeline,
    running.flatMap((role) => role.watched).filter((one) => !one.topics.some((topic) => topic.includes('.retry.'))),
    {
      stallMs: config.stallMs,
      everyMs: WATCH_EVERY_MS,
      onLag: (group, topic, records) => metrics.consumerLag(group, topic, records),
    },
  );
  const failed = Promise.race([
    database.failed,
    bus.failed,
    store.failed,
    watching.stalled,
    ...running.map((role) => role.failed),
  ]).then((error) => {
    health.set('process', false, error.message);
    return error;
  });
  const server = createHttpServer({ config, apis, health, metrics, log, runtime });
  const { url } = await server.listen();
  health.set('process', true);

  return {
    url,
    inbox: inbox?.channels ?? [],
    adminKey: secrets.adminKey,
    adminKeyCreated: secrets.created.adminKey,
    routes: server.routes,
    failed,
    async close() {
      health.set('process', false, 'shutting down');
      watching.close();
      room.close();
      const giveUp = new AbortController();
      void runtime.clock.sleep(config.shutdownMs, giveUp.signal).then(() => pipeline.patience.giveUp());
      await server.close(config.shutdownMs);
      // In the order in which messages travel: each role hands on what it has before the next one stops.
      for (const role of running) await role.close();
      giveUp.abort();
      catalog.close();
      await bus.close();
      await store.close();
      await database.close();
      await inbox?.close();
    },
  };
}
