import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ServerName } from '../../infra/local/keeper.ts';
import { stopKept, type Kept } from '../../infra/local/kept.ts';

/** A server that this run of the suites uses, and what must be done to be rid of it. */
export interface Found {
  readonly url: string;
  readonly source: 'environment' | 'container' | 'local';
  readonly kept?: Kept;
  readonly container?: string;
}
type Outcome = Found | { readonly error: string };

const LOOK_MS = 50;

/** The folder in which the suites of one run, in processes of their own, tell each other of their servers. */
const VARIABLE = 'HERALD_TEST_RUN';

export async function beginRun(): Promise<void> {
  process.env[VARIABLE] = await mkdtemp(join(tmpdir(), 'herald-test-'));
}

export async function endRun(): Promise<void> {
  const folder = process.env[VARIABLE];
  if (folder === undefined) return;
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.found'))) {
    const outcome: Outcome = JSON.parse(await readFile(join(folder, file), 'utf8'));
    if (!('url' in outcome)) continue;
    if (outcome.kept !== undefined) await stopKept(outcome.kept);
    if (outcome.container !== undefined) execFileSync('docker', ['rm', '--force', '--volumes', outcome.container]);
  }
  await rm(folder, { recursive: true, force: true });
}

/** Whoever asks first calls `find`; everybody else waits for what comes of it. Throws an Error with its reason. */
export async function sharedServer(name: ServerName, find: (folder: string) => Promise<Found>): Promise<Found> {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error(`${VARIABLE} is not set: jest's globalSetup sets it`);
  const file = join(folder, `${name}.found`);
  const lock = join(folder, `${name}.lock`);
  const isFirst = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const outcome: Outcome = await find(folder).catch((error: unknown) => ({
      error: Error.isError(error) ? error.message : String(error),
    }));
    await writeFile(`${file}.new`, JSON.stringify(outcome));
    await rename(`${file}.new`, file);
  }
  while (!existsSync(file)) {
    const finder = Number(await readFile(lock, 'utf8'));
    if (finder > 0 && !isAlive(finder)) throw new Error(`the process that looked for ${name} has ended`);
    await delay(LOOK_MS);
  }
  const outcome: Outcome = JSON.parse(await readFile(file, 'utf8'));
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome;
}
