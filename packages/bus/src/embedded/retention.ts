import { isOutage, type Clock } from '@herald/contracts';
import type { LogClient } from './client.ts';

const EVERY_MS = 60_000;
/** Records of one partition deleted at once: a few milliseconds of the log's thread. */
const AT_ONCE = 256;

export interface Retained {
  readonly partition: number;
  readonly retentionMs: number;
}

/** Deletes what is older than its topic keeps, now and every minute, until the signal. Rejects on a bug only. */
export async function keepTrimming(
  log: LogClient,
  clock: Clock,
  retained: readonly Retained[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      let more = true;
      while (more && !signal.aborted) {
        const cuts = retained.map(({ partition, retentionMs }) => [partition, clock.now() - retentionMs] as const);
        more = await log.trim({ cuts, limit: AT_ONCE });
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    await clock.sleep(EVERY_MS, signal);
  }
}
