import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LINES = 200;

/** Runs a script in a process of its own, kills it with -9 when it has printed 200 lines, and returns them. */
export async function runUntilKilled(script: URL, args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => {
    printed.push(line);
    if (printed.length === LINES) child.kill('SIGKILL');
  });
  await once(reader, 'close');
  return printed;
}
