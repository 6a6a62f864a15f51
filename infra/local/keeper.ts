import { mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { LocalServer } from './server.ts';

/** What a keeper writes down when its server is up, or when it could not be started. */
export type KeeperState = { readonly pid: number; readonly url: string } | { readonly error: string };

export const SERVERS = ['kafka', 'mongo'] as const;
export type ServerName = (typeof SERVERS)[number];

const STARTERS: Readonly<Record<ServerName, string>> = { kafka: 'startKafka', mongo: 'startMongo' };

/** Starts the server of this name; each has a module of its own, `kafka.ts` and so on. */
export async function startServer(name: ServerName, options: { dir: string; port?: number }): Promise<LocalServer> {
  const module: Record<string, (options: { dir: string; port?: number }) => Promise<LocalServer>> = await import(
    `./${name}.ts`
  );
  const start = module[STARTERS[name]];
  if (start === undefined) throw new Error(`infra/local/${name}.ts has no ${STARTERS[name]}`);
  return start(options);
}

/** How often it shows that it is there, and looks whether it is still wanted. */
export const SIGN_MS = 250;

/**
 * A process that holds one server, since servers end with the process that started them: until the file that tells of it
 * is deleted, or SIGTERM, or the process `--parent` is gone. As long as it lives, the file is never older than a moment.
 */
async function keep(): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      dir: { type: 'string' },
      state: { type: 'string' },
      port: { type: 'string' },
      parent: { type: 'string' },
    },
  });
  const { dir = '', state = '' } = values;
  const name = SERVERS.find((one) => one === values.server);
  if (name === undefined) throw new Error(`--server must be one of ${SERVERS.join(', ')}`);
  await mkdir(dirname(state), { recursive: true });
  const tell = async (told: KeeperState): Promise<void> => {
    await writeFile(`${state}.new`, JSON.stringify(told));
    await rename(`${state}.new`, state);
  };
  try {
    const server = await startServer(name, {
      dir,
      ...(values.port === undefined ? {} : { port: Number(values.port) }),
    });
    await tell({ pid: process.pid, url: server.url });
    let stopping = false;
    const stop = async (): Promise<void> => {
      if (stopping) return;
      stopping = true;
      await server.stop();
      process.exit(0);
    };
    process.on('SIGTERM', () => void stop());
    process.on('SIGINT', () => void stop());
    const parent = Number(values.parent ?? 0);
    const look = async (): Promise<void> => {
      if ((parent > 0 && !isAlive(parent)) || !(await isMine(state))) await stop();
      else await utimes(state, new Date(), new Date());
    };
    setInterval(() => void look().catch(stop), SIGN_MS);
  } catch (error) {
    await tell({ error: Error.isError(error) ? error.message : String(error) });
    process.exitCode = 1;
  }
}

async function isMine(state: string): Promise<boolean> {
  const told: KeeperState = JSON.parse(await readFile(state, 'utf8'));
  return 'pid' in told && told.pid === process.pid;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return Error.isError(error) && 'code' in error && error.code === 'EPERM';
  }
}

if (import.meta.main) await keep();
