import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus, embeddedBusModule, type Bus, type NewRecord } from '@herald/bus';
import { allTopics, type Clock, type Runtime, type Scope, type Tenant } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';
import {
  authenticate,
  createCatalog,
  createHasher,
  createHealth,
  createHttpServer,
  createLog,
  createMetrics,
  createWebhooks,
  hashKey,
  newKey,
  systemRuntime,
  type Api,
  type Catalog,
  type Hasher,
  type Health,
  type HttpServer,
  type Log,
  type Metrics,
  type Webhooks,
} from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule, type Store } from '@herald/store';
import type { RequestHandler } from 'express';
import { createClient, type Client } from './client.ts';

export interface Parts {
  readonly store: Store;
  readonly bus: Bus;
  readonly catalog: Catalog;
  readonly pipeline: Pick<Pipeline, 'store' | 'runtime' | 'publish'> & { settings: { ladderMs: readonly number[] } };
  readonly hasher: Hasher;
  readonly webhooks: Webhooks;
  readonly authenticated: RequestHandler;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly runtime: Runtime;
}

export interface TestServer extends Parts {
  readonly url: string;
  readonly server: HttpServer;
  /** Moves the clock that the routers see. */
  advance(ms: number): void;
  /** From here on the clock moves by `advance` alone. */
  freeze(): void;
  /** A client with a new key of that tenant. */
  client(tenant?: Partial<Tenant>, scopes?: readonly Scope[]): Promise<Client>;
  dispose(): Promise<void>;
}

/** Parts of the HTTP API on a real server, bus and store, without the roles around them. */
export async function startServer(
  apisOf: (parts: Parts) => readonly Api[],
  {
    pollMs = 20,
    ...config
  }: { readonly pollMs?: number; readonly publicUrl?: string; readonly keyRateLimit?: number } = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-server-'));
  const database = await openDatabase({
    file: join(folder, 'herald.db'),
    modules: [embeddedBusModule, embeddedStoreModule],
  });
  const topics = allTopics({ partitions: 1, retentionMs: 3_600_000, ladderMs: [60_000] });
  const bus = await createEmbeddedBus({ database, topics, clock: systemRuntime.clock });
  const store = createSqliteStore({ database });
  let ahead = 0;
  let stopped: number | undefined;
  const clock: Clock = {
    now: () => (stopped ?? systemRuntime.clock.now()) + ahead,
    sleep: systemRuntime.clock.sleep,
  };
  const runtime = { ...systemRuntime, clock };
  const log = createLog({ logLevel: 'silent', logFormat: 'json' });
  const health = createHealth();
  const metrics = createMetrics();
  const catalog = createCatalog({ store, clock, pollMs, log, health });
  const authenticated = authenticate({ catalog, clock, keyRateLimit: config.keyRateLimit });
  const publish = (record: NewRecord) => bus.publish([record]);
  const pipeline = { store, runtime, publish, settings: { ladderMs: [60_000] } };
  const hmacKey = 'a key for the hashes of a test suite';
  const hasher = createHasher(hmacKey);
  const webhooks = createWebhooks({ hmacKey, config: { webhookTimeoutMs: 1_000 } });
  const parts: Parts = {
    store,
    bus,
    catalog,
    pipeline,
    hasher,
    webhooks,
    authenticated,
    health,
    metrics,
    log,
    runtime,
  };
  const server = createHttpServer({
    config: { ...config, host: '127.0.0.1', port: 0 },
    apis: apisOf(parts),
    health,
    metrics,
    log,
    runtime,
  });
  const { url } = await server.listen();
  return {
    ...parts,
    url,
    server,
    advance: (ms) => void (ahead += ms),
    freeze: () => void (stopped = systemRuntime.clock.now()),
    async client({ org = 'acme', sandbox = 'prod' } = {}, scopes = ['execute', 'read', 'control', 'keys']) {
      const key = newKey();
      const createdAt = new Date(clock.now()).toISOString();
      const id = runtime.newId();
      await store.keys.insert({ org, sandbox, id, name: 'test', scopes: [...scopes], createdAt, hash: hashKey(key) });
      return createClient(url, key);
    },
    async dispose() {
      await server.close(1_000);
      await webhooks.close();
      catalog.close();
      await bus.close();
      await store.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
