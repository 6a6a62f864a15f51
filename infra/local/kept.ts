import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive, type KeeperState, type ServerName } from './keeper.ts';

/** A server in a process of its own, which outlives the one that asked for it. */
export interface Kept {
  readonly pid: number;
  readonly url: string;
  /** The file that tells of it; without it the process ends. */
  readonly state: string;
}

export interface KeepOptions {
  /** Where its data, its log and the file that tells of it lie. */
  readonly dir: string;
  readonly port?: number;
  /** It ends when this process has ended. */
  readonly parent?: number;
}

const LOOK_MS = 50;
const STOP_MS = 30_000;
/** A file that nobody has touched for so long was left behind; its process number may be somebody else's by now. */
const STALE_MS = 10_000;

const stateFile = (name: ServerName, dir: string): string => join(dir, `${name}.json`);

/** The server of this name that runs on this folder, if one does. */
export async function findKept(name: ServerName, dir: string): Promise<Kept | undefined> {
  const state = stateFile(name, dir);
  const touched = await stat(state).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (touched < Date.now() - STALE_MS) return undefined;
  const told = await read(state);
  return 'pid' in told && isAlive(told.pid) ? { ...told, state } : undefined;
}

const read = async (state: string): Promise<KeeperState> => JSON.parse(await readFile(state, 'utf8'));

/** Finds it, or starts it. Throws an Error that says why it cannot be had. */
export async function keepServer(name: ServerName, options: KeepOptions): Promise<Kept> {
  const { dir, port, parent } = options;
  const found = await findKept(name, dir);
  if (found !== undefined) return found;
  mkdirSync(dir, { recursive: true });
  const state = stateFile(name, dir);
  await rm(state, { force: true });
  const log = openSync(join(dir, `${name}.log`), 'a');
  const keeper = fileURLToPath(new URL('./keeper.ts', import.meta.url));
  const args = [keeper, '--server', name, '--dir', join(dir, name), '--state', state];
  if (port !== undefined) args.push('--port', String(port));
  if (parent !== undefined) args.push('--parent', String(parent));
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  for (;;) {
    if (existsSync(state)) {
      const told = await read(state);
      if ('error' in told) throw new Error(told.error);
      return { ...told, state };
    }
    if (child.exitCode !== null) throw new Error(`the ${name} server did not start: see ${join(dir, `${name}.log`)}`);
    await delay(LOOK_MS);
  }
}

export async function stopKept({ pid, state }: Kept): Promise<void> {
  const deadline = Date.now() + STOP_MS;
  await rm(state, { force: true });
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} does not end`);
    await delay(LOOK_MS);
  }
}
