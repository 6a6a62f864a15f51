import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buildMongo } from './build-mongo.ts';
import type { LocalServer } from './server.ts';

/** How long it may take to begin to listen, and to end when asked. */
const PATIENCE_MS = 20_000;
const SETPRIV = '/usr/bin/setpriv';

/**
 * A database on this machine, without Docker; its data lies in `dir` and survives `stop`, `kill` (SIGKILL) and
 * `restart`, which keeps port and URL. It ends with this process. Without `port` a free one is chosen; with `auth`
 * whoever connects must be one of its users (who are made without it).
 */
export async function startMongo(options: { dir: string; port?: number; auth?: boolean }): Promise<LocalServer> {
  const binary = await buildMongo();
  mkdirSync(options.dir, { recursive: true });
  const start = (port: number) => launch(binary, options.dir, port, options.auth === true);
  let server = await start(options.port ?? 0);
  return {
    url: `mongodb://127.0.0.1:${server.port}/?directConnection=true`,
    get pid() {
      return server.child.pid ?? 0;
    },
    stop: () => end(server.child, 'SIGTERM'),
    kill: () => end(server.child, 'SIGKILL'),
    async restart() {
      await end(server.child, 'SIGTERM');
      server = await start(server.port);
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

async function launch(binary: string, dir: string, port: number, auth: boolean): Promise<Running> {
  const log = openSync(join(dir, 'server.log'), 'a');
  // Without --sync-on-commit an acknowledged write is lost on kill -9.
  const settings = `--host 127.0.0.1 --port ${port} --cache-size 512M --sync-on-commit --log-level WARNING`;
  const args = ['--storage-path', join(dir, 'data'), ...settings.split(' '), ...(auth ? ['--auth'] : [])];
  // Where the kernel can be asked, it ends the server with us however we end.
  const command = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', binary, ...args] : [binary, ...args];
  const child = spawn(command[0] ?? binary, command.slice(1), { stdio: ['ignore', 'pipe', log] });
  const stdout = child.stdout ?? Readable.from([]);
  closeSync(log);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.removeListener('exit', endWithUs));
  const timer = setTimeout(endWithUs, PATIENCE_MS);
  try {
    for await (const line of createInterface({ input: stdout })) {
      const listening = /listening on 127\.0\.0\.1:(\d+)/.exec(line);
      if (listening === null) continue;
      letGo(child);
      return { child, port: Number(listening[1]) };
    }
  } finally {
    clearTimeout(timer);
    // Whatever else it prints must not fill the pipe.
    stdout.resume();
  }
  throw new Error(`the database did not start: see ${join(dir, 'server.log')}`);
}

/** A process that forgets to stop its server is not kept from ending. */
function letGo(child: ChildProcess): void {
  child.unref();
  if (child.stdout instanceof Socket) child.stdout.unref();
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await exited;
  clearTimeout(timer);
}
