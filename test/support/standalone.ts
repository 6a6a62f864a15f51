import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';
import { startStandalone, type Standalone, type StandaloneOptions } from '@herald/standalone';
import { createClient, type Client } from './client.ts';

export interface Herald extends Client {
  readonly standalone: Standalone;
  readonly dataDir: string;
  /** Stops and starts again on the same data. */
  restart(env?: Env, decorate?: StandaloneOptions['decorate']): Promise<Herald>;
  /** Stops and deletes the data. */
  dispose(): Promise<void>;
}
type Env = Readonly<Record<string, string>>;

export const ADMIN_KEY = 'test-admin-key-0123456789';

/** Short delays and leases, so that what waits for them in a test does not wait long. */
const QUICK: Env = {
  HERALD_PORT: '0',
  HERALD_ADMIN_KEY: ADMIN_KEY,
  HERALD_LOG_LEVEL: 'silent',
  HERALD_LADDER_MS: '50,200,1000',
  HERALD_RETRY_MS: '50,50,200',
  HERALD_PROVIDER_TIMEOUT_MS: '1500',
  HERALD_LEASE_MS: '2000',
  HERALD_SMTP_CONNECTIONS: '8',
};

/** Herald, whole, in this process, on data of its own. */
export async function startHerald(
  env: Env = {},
  decorate?: StandaloneOptions['decorate'],
  dataDir = mkdtempSync(join(tmpdir(), 'herald-test-')),
): Promise<Herald> {
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
