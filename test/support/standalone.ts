import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';
import { startStandalone, type Standalone, type StandaloneOptions } from '@herald/standalone';
import { createClient, type Client } from './client.ts';

export interface Herald extends Client {
  /** Throws where it is not in this process. */
  readonly standalone: Standalone;
  readonly dataDir: string;
  /** What it counts, of every process. */
  metrics(): Promise<string>;
  /** Finishes what is in hand and stops; `dispose` is still to come. */
  stop(): Promise<void>;
  /** Stops and starts again on the same data. */
  restart(env?: Env, decorate?: StandaloneOptions['decorate']): Promise<Herald>;
  /** Stops and deletes the data. */
  dispose(): Promise<void>;
}
export type Env = Readonly<Record<string, string>>;
export type Launch = (env: Env) => Promise<Herald>;

let launchElsewhere: Launch | undefined;

/**
 * From here on `startHerald` is this: the scenarios of `test/e2e` run against whatever is launched, embedded or many
 * processes on a cluster.
 */
export const launchWith = (launch: Launch): void => {
  launchElsewhere = launch;
};

/** Whether a scenario can stand between the roles and their ports: they are in this process. */
export const hasPorts = (): boolean => launchElsewhere === undefined;

export const ADMIN_KEY = 'test-admin-key-0123456789';

/** Short delays and leases, so that what waits for them in a test does not wait long. */
export const QUICK: Env = {
  HERALD_PORT: '0',
  HERALD_ADMIN_KEY: ADMIN_KEY,
  HERALD_LOG_LEVEL: 'silent',
  HERALD_LADDER_MS: '50,200,1000',
  HERALD_RETRY_MS: '50,50,200',
  HERALD_PROVIDER_TIMEOUT_MS: '1500',
  HERALD_LEASE_MS: '2000',
  HERALD_SMTP_CONNECTIONS: '8',
};

/** Herald, whole, in this process and on data of its own, unless `launchWith` has said otherwise. */
export async function startHerald(
  env: Env = {},
  decorate?: StandaloneOptions['decorate'],
  dataDir = mkdtempSync(join(tmpdir(), 'herald-test-')),
): Promise<Herald> {
  if (launchElsewhere !== undefined) {
    if (decorate !== undefined)
      throw new Error('only in this process can something stand between the roles and their ports');
    return launchElsewhere(env);
  }
  const loaded = loadConfig({ ...QUICK, ...env, HERALD_DATA: dataDir });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const { config } = loaded;
  const standalone = await startStandalone({
    config,
    log: createLog(config),
    runtime: systemRuntime,
    ...(decorate === undefined ? {} : { decorate }),
  });
  return {
    ...createClient(standalone.url, standalone.adminKey ?? ''),
    standalone,
    dataDir,
    metrics: async () => (await fetch(`${standalone.url}/metrics`)).text(),
    stop: () => standalone.close(),
    async restart(nextEnv = env, nextDecorate = decorate) {
      await standalone.close();
      return startHerald(nextEnv, nextDecorate, dataDir);
    },
    async dispose() {
      await standalone.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
