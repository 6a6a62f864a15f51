import type { Bus } from '@herald/bus';
import type { Channel, Runtime } from '@herald/contracts';
import { createPipeline, watch } from '@herald/pipeline';
import {
  authenticate,
  createCatalog,
  createHasher,
  createHealth,
  createHttpServer,
  createMetrics,
  createWebhooks,
  ensureAdminKey,
  isDistributed,
  STORE_SILENT,
  type Config,
  type DecorateProvider,
  type Log,
  type ServiceDeps,
} from '@herald/service-kit';
import type { Store } from '@herald/store';
import { createBackupApi } from './backup.ts';
import { createInboxApi } from './inbox/api.ts';
import { startInbox } from './inbox/inbox.ts';
import { createObserver } from './observer.ts';
import { openPorts } from './ports/open.ts';
import { startRoles } from './roles.ts';
import { topicsOf } from './topics.ts';

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
  readonly mode: 'embedded' | 'distributed';
  /** The channels whose messages come to the inbox, for want of an account of one's own. */
  readonly inbox: readonly Channel[];
  /** Undefined where another process makes it known. */
  readonly adminKey: string | undefined;
  /** True on the first start without HERALD_ADMIN_KEY: the key is to be shown once. */
  readonly adminKeyCreated: boolean;
  /** What express answers to, as `GET /v1/surfaces/:id`. */
  readonly routes: readonly string[];
  /** Resolves with the reason when the process can no longer do its job; readiness is red by then. */
  readonly failed: Promise<Error>;
  /** Stops accepting, finishes what is in flight, settles, acknowledges; after the deadline what is left comes again. */
  close(): Promise<void>;
}

/**
 * Starts the configured roles in this process, on the log and the store that the configuration names. Throws
 * `OpenError` or `Outage` where these are not usable now.
 */
export async function startStandalone({ config, log, runtime, decorate = {} }: StandaloneOptions): Promise<Standalone> {
  const metrics = createMetrics();
  const health = createHealth();
  const ports = await openPorts({ config, topics: topicsOf(config), runtime, health, metrics, log });
  const { secrets } = ports;
  const bus = decorate.bus?.(ports.bus) ?? ports.bus;
  const store = decorate.store?.(ports.store) ?? ports.store;
  if (secrets.adminKey !== undefined) await ensureAdminKey(store, runtime, secrets.adminKey);

  const { vapid } = secrets;
  const inbox = await startInbox(config, vapid?.publicKey, () => runtime.clock.now());
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
  const webhooks = createWebhooks({ hmacKey: secrets.hmacKey, config });
  const deps: ServiceDeps = {
    pipeline,
    catalog,
    authenticated: authenticate({ catalog, clock: runtime.clock, keyRateLimit: config.keyRateLimit }),
    runtime,
    config: {
      ...config,
      ...(vapid === undefined ? {} : { vapidPublicKey: vapid.publicKey, vapidPrivateKey: vapid.privateKey }),
      ...inbox?.settings,
    },
    hasher: createHasher(secrets.hmacKey),
    webhooks,
    log,
    metrics,
    // A database that is known not to answer costs no caller a wait for it.
    full: () => ports.refusal() ?? (catalog.answers() ? undefined : STORE_SILENT),
  };

  const { running, apis } = await startRoles(deps, decorate.provider);
  if (inbox !== undefined) apis.push(createInboxApi(deps, inbox));
  if (ports.database !== undefined) apis.push(createBackupApi(deps, ports.database));
  const watching = watch(
    pipeline,
    running.flatMap((role) => role.watched).filter((one) => !one.topics.some((topic) => topic.includes('.retry.'))),
    {
      stallMs: config.stallMs,
      everyMs: WATCH_EVERY_MS,
      alone: ports.alone,
      onLag: (group, topic, records) => metrics.consumerLag(group, topic, records),
    },
  );
  const failed = Promise.race([ports.failed, watching.stalled, ...running.map((role) => role.failed)]).then((error) => {
    health.set('process', false, error.message);
    return error;
  });
  const server = createHttpServer({ config, apis, health, metrics, log, runtime });
  const { url } = await server.listen();
  health.set('process', true);

  return {
    url,
    mode: isDistributed(config) ? 'distributed' : 'embedded',
    inbox: inbox?.channels ?? [],
    adminKey: secrets.adminKey,
    adminKeyCreated: ports.adminKeyCreated,
    routes: server.routes,
    failed,
    async close() {
      health.set('process', false, 'shutting down');
      watching.close();
      pipeline.patience.hurry();
      const giveUp = new AbortController();
      void runtime.clock.sleep(config.shutdownMs, giveUp.signal).then(() => pipeline.patience.giveUp());
      await server.close(config.shutdownMs);
      // In the order in which messages travel: each role hands on what it has before the next one stops.
      for (const role of running) await role.close();
      await webhooks.close();
      giveUp.abort();
      catalog.close();
      await ports.close();
      await inbox?.close();
    },
  };
}
