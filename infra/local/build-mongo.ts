import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A server that speaks MongoDB's wire protocol over the WiredTiger engine: mongod itself is in no package registry.
 * GPL-2.0-only, so it is a process of its own for tests and benchmarks, never linked and never shipped.
 */
const CRATE = 'secantus-mdb';
const VERSION = '0.5.3-beta.196';

/** What the build needs beside cargo: how to tell that it is there, and the Debian package that has it. */
const NEEDS = [
  { isThere: () => onPath('cmake'), from: 'cmake' },
  { isThere: () => onPath('gcc'), from: 'gcc' },
  { isThere: () => existsSync('/usr/include/zlib.h'), from: 'zlib1g-dev' },
];

/**
 * The path of the server's binary. Built by cargo on first use, which takes 4-8 minutes on two cores, and kept in
 * `$HERALD_CACHE` (default `~/.cache/herald`). Processes that ask at once wait for one build.
 */
export async function buildMongo(): Promise<string> {
  const cache = process.env['HERALD_CACHE'] ?? join(homedir(), '.cache', 'herald');
  const root = join(cache, `secantus-${VERSION}`);
  const binary = join(root, 'bin', 'secantusd-rs');
  const lock = `${root}.lock`;
  await mkdir(cache, { recursive: true });
  while (!existsSync(binary)) {
    if (!(await take(lock))) await delay(500);
    else {
      try {
        if (!existsSync(binary)) await build(root);
      } finally {
        await rm(lock);
      }
    }
  }
  return binary;
}

/** Whoever makes the file has the lock, until it deletes it or is no more. */
async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return Error.isError(error) && 'code' in error && error.code === 'EPERM';
  }
}

async function build(root: string): Promise<void> {
  if (!onPath('cargo'))
    throw new Error("the test database is built by Rust's cargo, which is not there: https://rustup.rs");
  await installMissing(NEEDS.filter(({ isThere }) => !isThere()).map(({ from }) => from));
  await mkdir(root, { recursive: true });
  const target = join(root, 'target');
  const log = join(root, 'build.log');
  const args = ['install', CRATE, '--version', VERSION, '--root', root, '--locked', '--ignore-rust-version'];
  await run('cargo', args, log, {
    CARGO_TARGET_DIR: target,
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    CARGO_PROFILE_RELEASE_DEBUG: '0',
  });
  await rm(target, { recursive: true, force: true });
}

async function installMissing(packages: readonly string[]): Promise<void> {
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    throw new Error(`building the test database needs ${packages.join(', ')}`);
  }
  await run('apt-get', ['update', '-qq']);
  await run('apt-get', ['install', '-y', '-qq', ...packages], undefined, { DEBIAN_FRONTEND: 'noninteractive' });
}

/** What it prints goes to the log; its last lines are shown when it fails. */
async function run(command: string, args: string[], log?: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const file = log === undefined ? undefined : await open(log, 'w');
  try {
    const out = file?.fd ?? 'ignore';
    const child = spawn(command, args, { stdio: ['ignore', out, out], env: { ...process.env, ...env } });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) return;
    const lines = log === undefined ? [] : (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-20);
    throw new Error([`${command} ${args[0]} failed`, ...lines].join('\n'));
  } finally {
    await file?.close();
  }
}

const onPath = (command: string): boolean => spawnSync('which', [command], { stdio: 'ignore' }).status === 0;
