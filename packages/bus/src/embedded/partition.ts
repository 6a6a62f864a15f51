import type { StoredPartition } from './wire.ts';

/** A partition as this process knows it. It is the only one that writes, so it always knows the end. */
export interface Partition {
  readonly id: number;
  readonly topic: string;
  readonly number: number;
  readonly delayMs: number;
  /** The offset that the next record gets. */
  end: number;
  /** Told when `end` has grown. */
  readonly listeners: Set<() => void>;
}

export const createPartition = (stored: StoredPartition, delayMs: number): Partition => ({
  id: stored.id,
  topic: stored.topic,
  number: stored.number,
  delayMs,
  end: stored.end,
  listeners: new Set(),
});

/**
 * Where a key's records go: stable for ever, because order per key depends on it. FNV-1a over the UTF-16 units, then
 * mixed, since its low bits alone spread badly over few partitions.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) % partitions;
}
