import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { unique } from '../../support/client.ts';
import { ADMIN_KEY, QUICK } from '../../support/standalone.ts';
import { attempt, EX_TEMPFAIL, startProcess, type Env, type HeraldProcess } from './process.ts';

/** What the processes of one test share: a part of a cluster, a database, a folder with the secrets. */
export interface Installation {
  readonly env: Env;
  readonly dataDir: string;
  /** The processes that run. */
  readonly processes: () => readonly HeraldProcess[];
  /** Every process that there ever was. */
  readonly all: () => readonly HeraldProcess[];
  start(roles: string, env?: Env, main?: string): Promise<HeraldProcess>;
  /** Runs `work`; where it throws, the error says what the processes printed last. */
  explained<T>(work: () => Promise<T>): Promise<T>;
  /** Ends what runs, and throws where a line that was printed holds content or an address, or a process ended badly. */
  dispose(): Promise<void>;
}

export interface InstallationOptions {
  readonly brokers: readonly string[];
  readonly mongoUrl: string;
  readonly env?: Env;
}

/** What suites write into calls, and what must be in no log: addresses, numbers, names and texts. */
const PRIVATE = /@example\.com|\+1555\d|\+4520\d|accounts\.example|Reset your password|Hello Ada|\b0007\b|493817/i;

/** A cluster that reacts as quickly as a test wants it to. */
export const LIVELY: Env = {
  HERALD_KAFKA_SINGLE_BROKER: 'true',
  HERALD_KAFKA_HEARTBEAT_MS: '500',
  HERALD_KAFKA_SESSION_TIMEOUT_MS: '6000',
  HERALD_KAFKA_COMMIT_MS: '200',
  HERALD_PARTITIONS: '3',
};

/** Prepares an installation of its own on a cluster and a database that others use, too. */
export async function createInstallation(options: InstallationOptions): Promise<Installation> {
  const name = unique(`e2e${Date.now().toString(36)}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'herald-e2e-'));
  const env: Env = {
    ...QUICK,
    ...LIVELY,
    HERALD_ADMIN_KEY: ADMIN_KEY,
    HERALD_LOG_LEVEL: 'info',
    HERALD_DATA: dataDir,
    HERALD_KAFKA_BROKERS: options.brokers.join(','),
    HERALD_KAFKA_PREFIX: `${name}.`,
    HERALD_MONGO_URL: options.mongoUrl,
    HERALD_MONGO_DATABASE: name,
    ...options.env,
  };
  let prepared = await attempt(['--prepare'], env);
  if (prepared.code === EX_TEMPFAIL) prepared = await attempt(['--prepare'], env);
  if (prepared.code !== 0) throw new Error(`--prepare ended with ${prepared.code}:\n${prepared.stderr}`);
  const all: HeraldProcess[] = [];
  const processes = (): HeraldProcess[] => all.filter((one) => one.running());

  return {
    env,
    dataDir,
    processes,
    all: () => all,
    async start(roles, more = {}, main) {
      const started = await startProcess(roles, { ...env, ...more }, main);
      all.push(started);
      return started;
    },
    async explained(work) {
      try {
        return await work();
      } catch (error) {
        const last = all.flatMap(({ roles, pid, lines }) => [`--- ${roles} (${pid})`, ...lines().slice(-8)]);
        throw new Error([error instanceof Error ? error.message : String(error), ...last].join('\n'), { cause: error });
      }
    },
    async dispose() {
      const ended = await Promise.all(processes().map((one) => one.stop()));
      await dropDatabase(options.mongoUrl, name);
      rmSync(dataDir, { recursive: true, force: true });
      const leaks = all.flatMap(({ lines }) => lines().filter((line) => PRIVATE.test(line)));
      if (leaks.length > 0) throw new Error(`content or an address in the log:\n${leaks.slice(0, 5).join('\n')}`);
      const bad = ended.find(({ code }) => code !== 0);
      if (bad !== undefined) {
        const last = all.flatMap(({ roles, lines }) => [`--- ${roles}`, ...lines().slice(-5)]);
        throw new Error([`a process ended with ${bad.code ?? bad.signal}`, ...last].join('\n'));
      }
    },
  };
}

/** Databases that stay would slow down the server that the suites share. */
async function dropDatabase(url: string, name: string): Promise<void> {
  const connection = await mongoose
    .createConnection(url, { dbName: name, serverSelectionTimeoutMS: 2_000 })
    .asPromise()
    .catch(() => undefined);
  await connection?.dropDatabase().catch(() => undefined);
  await connection?.close();
}
