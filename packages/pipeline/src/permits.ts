import type { Clock } from '@herald/contracts';
import type { ConnectionGrant } from '@herald/store';

/** How many connections to a provider this process and lane may have, out of those that all workers share. */
export interface Permits {
  /** None once the lease is over: somebody else may have them. */
  held(): number;
  /** More is wanted than is held. */
  need(): void;
  /** Gives all back. */
  close(): Promise<void>;
}

export interface PermitsDeps {
  readonly clock: Clock;
  readonly lease: (asked: { readonly open: number; readonly want: number }) => Promise<ConnectionGrant>;
  /** Connections that there are, idle ones included. */
  readonly open: () => number;
  /** How many are wanted. */
  readonly want: () => number;
  /** No more than so many are to be kept. */
  readonly onGrant: (target: number) => void;
}

const RENEW_MS = 1_000;
/** Where something is about to change hands it is looked at sooner. */
const HURRY_MS = 100;

export function createPermits({ clock, lease, open, want, onGrant }: PermitsDeps): Permits {
  let grant: ConnectionGrant = { held: 0, target: 0, forMs: 0 };
  let until = 0;
  let hurry = new AbortController();
  let running: Promise<void> | undefined;
  let closed = false;

  async function renew(): Promise<void> {
    while (!closed) {
      const asked = { open: open(), want: Math.max(want(), open()) };
      const from = clock.now();
      grant = await lease(asked);
      until = from + grant.forMs;
      onGrant(grant.target);
      if (asked.want === 0) return;
      hurry = new AbortController();
      const isShort = grant.held < want() || open() > grant.target;
      await clock.sleep(isShort ? HURRY_MS : RENEW_MS, isShort ? undefined : hurry.signal);
    }
  }

  function start(): void {
    running ??= renew()
      // The store is gone for good, or the process ends: what was held ends with its lease.
      .catch(() => {
        closed = true;
      })
      .finally(() => {
        running = undefined;
        if (!closed && want() > 0) start();
      });
  }

  return {
    held: () => (clock.now() < until ? Math.min(grant.held, grant.target) : 0),
    need() {
      if (closed) return;
      if (running === undefined) start();
      else hurry.abort();
    },
    async close() {
      closed = true;
      hurry.abort();
      await running;
      if (until > 0) await lease({ open: 0, want: 0 }).catch(() => undefined);
    },
  };
}
