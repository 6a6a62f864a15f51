import type { Clock } from '@herald/contracts';
import { LRUCache } from 'lru-cache';

/** How many keys are counted at most; one that was not used for longest starts afresh. */
const MAX_KEYS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Takes one call off what a key may still make: a bucket that is filled at `perSecond` and holds one second's worth.
 * Returns 0, or the seconds, at least 1, after which there is room again.
 */
export function createRates(clock: Clock): (key: string, perSecond: number) => number {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_KEYS });
  return (key, perSecond) => {
    const now = clock.now();
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: perSecond, at: now };
      buckets.set(key, bucket);
    } else {
      const passed = Math.max(0, now - bucket.at) / 1_000;
      bucket.tokens = Math.min(perSecond, bucket.tokens + passed * perSecond);
      bucket.at = now;
    }
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    bucket.tokens -= 1;
    return 0;
  };
}
