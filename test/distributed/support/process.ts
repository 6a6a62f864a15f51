import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = new URL('../../../services/standalone/src/main.ts', import.meta.url).pathname;

/** Nine processes load the same code: what one has compiled need not be compiled by the others. */
const NODE_COMPILE_CACHE = join(tmpdir(), 'herald-compile-cache');

export type Env = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from the signal to the end. */
  readonly ms: number;
}

/** Herald in a process of its own, as an orchestrator starts it. */
export interface HeraldProcess {
  readonly roles: string;
  readonly pid: number;
  readonly url: string;
  /** Milliseconds from the fork until it said where it listens. */
  readonly startMs: number;
  readonly exit: Promise<Ended>;
  readonly running: () => boolean;
  /** What it printed so far, on both streams, line by line. */
  readonly lines: () => readonly string[];
  /** SIGTERM: what it has in hand is finished. */
  stop(): Promise<Ended>;
  /** SIGKILL. */
  kill(): Promise<Ended>;
  signal(name: NodeJS.Signals): void;
}

/** What a process does that is not expected to come up. */
export interface Attempt {
  readonly code: number | null;
  readonly ms: number;
  readonly stdout: string;
  readonly stderr: string;
}

const begin = (args: readonly string[], env: Env, main = MAIN): ChildProcess =>
  fork(main, args, {
    execArgv: [],
    silent: true,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_OPTIONS: '',
      HERALD_PORT: '0',
      HERALD_LOG_FORMAT: 'json',
      NODE_COMPILE_CACHE,
      ...env,
    },
  });

/** By it a process says that it may work later: whoever starts processes starts it again. */
export const EX_TEMPFAIL = 75;
const STARTS = 3;

/**
 * Starts roles, of another release where `main` is another file; again when something was not there just then, as an
 * orchestrator does. Throws an Error with what it printed when it ends instead of coming up.
 */
export async function startProcess(roles: string, env: Env, main?: string): Promise<HeraldProcess> {
  for (let left = STARTS; ; left -= 1) {
    const started = await startOnce(roles, env, main);
    if ('url' in started) return started;
    if (started.code !== EX_TEMPFAIL || left === 1) {
      throw new Error(`${roles} did not come up (${started.code}):\n${started.lines.join('\n')}`);
    }
  }
}

type Failed = { readonly code: number | null; readonly lines: readonly string[] };

async function startOnce(roles: string, env: Env, main?: string): Promise<HeraldProcess | Failed> {
  const from = performance.now();
  const child = begin(['--roles', roles], env, main);
  const lines = gather(child);
  let signalled = from;
  const exit = once(child, 'exit').then(([code, signal]): Ended => {
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, ms: performance.now() - signalled };
  });
  const told = await Promise.race([once(child, 'message'), exit.then(() => undefined)]);
  if (told === undefined) return { code: (await exit).code, lines: lines() };
  const { url } = told[0] as { url: string };
  const end = (name: NodeJS.Signals): Promise<Ended> => {
    signalled = performance.now();
    child.kill(name);
    return exit;
  };
  return {
    roles,
    pid: child.pid ?? 0,
    url,
    startMs: performance.now() - from,
    exit,
    running: () => child.exitCode === null && child.signalCode === null,
    lines,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    signal: (name) => void child.kill(name),
  };
}

/** Runs Herald to its end; after `forMs` it is killed, and its code is null. */
export async function attempt(args: readonly string[], env: Env, forMs = 60_000): Promise<Attempt> {
  const from = performance.now();
  const child = begin(args, env);
  const streams = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (streams.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (streams.stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), forMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, ms: performance.now() - from, ...streams };
}

function gather(child: ChildProcess): () => readonly string[] {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  return () => text.split('\n').filter((line) => line !== '');
}
