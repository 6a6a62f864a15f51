import { createRequire } from 'node:module';

const VERSION = '2.2.4';
const RECHECK_MS = 10;

interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since the epoch. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/**
 * kafkajs 2.2.4 keeps a timer of 1 ms running on every connection for ever, pending requests or not: a twentieth of a
 * core per idle consumer, and on Node 24 a TimeoutNegativeWarning. This looks again only while something is pending.
 * Other versions are left alone. Returns whether the patch is in place.
 */
export function patchKafkajs(): boolean {
  const load = createRequire(import.meta.url);
  const { version }: { version: string } = load('kafkajs/package.json');
  if (version !== VERSION) return false;
  const { prototype }: { prototype: RequestQueue } = load('kafkajs/src/network/requestQueue');
  prototype.scheduleCheckPendingRequests = scheduleWhilePending;
  return true;
}

function scheduleWhilePending(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : RECHECK_MS,
  );
}
