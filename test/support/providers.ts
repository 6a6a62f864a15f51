import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes a file of providers; returns its path. */
export function providersFile(providers: readonly object[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'herald-providers-')), 'providers.json');
  writeFileSync(path, JSON.stringify({ providers }));
  return path;
}

/** Writes a secret that a file of providers names; returns its path. */
export function secretFile(secret: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'herald-secret-')), 'secret');
  writeFileSync(path, secret);
  return path;
}

/**
 * How many may arrive in so many seconds: a slot may be used 400 ms late in the worst case, each of the two parts of the
 * rate has one at its end, and a machine that stood still for a second brings what was sent in it all at once.
 */
export const mostAllowed = (perSecond: number, seconds: number): number => Math.ceil(perSecond * (seconds + 1.4)) + 2;

/** How many of these times lie in the fullest window of so many milliseconds. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((from) => sorted.filter((at) => at >= from && at < from + windowMs).length));
}
