import type { Session } from './session.ts';

export interface Watchdog {
  /** True: it has ended the session. */
  readonly barked: () => boolean;
  stop(): void;
}

const LOOK_MS = 250;

/**
 * Ends a session that gives no sign for so many milliseconds: kafkajs can stop fetching without an error, for instance
 * when a throttled connection is never looked at again, and nothing else would notice.
 */
export function watchSession(session: Session, patienceMs: () => number): Watchdog {
  let barked = false;
  let suspected = false;
  const timer = setInterval(() => {
    const silentMs = performance.now() - session.lastSign();
    const isSilent = silentMs > patienceMs();
    // Seen twice: this process itself may have stood still.
    if (isSilent && suspected && !barked) {
      barked = true;
      session.abandon(new Error(`nothing was fetched for ${Math.round(silentMs)} ms`));
    }
    suspected = isSilent;
  }, LOOK_MS);
  timer.unref();
  return { barked: () => barked, stop: () => clearInterval(timer) };
}
