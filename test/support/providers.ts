import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes a file of providers; returns its path. */
export function providersFile(providers: readonly object[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'herald-providers-')), 'providers.json');
  writeFileSync(path, JSON.stringify({ providers }));
  return path;
}

/** How many of these times lie in the fullest window of so many milliseconds. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from) => sorted.filter((at) => at >= from && at < from + windowMs).length));
}
