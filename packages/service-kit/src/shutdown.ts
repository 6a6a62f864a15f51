import type { Log } from './log.ts';

export interface ShutdownOptions {
  /** After so many milliseconds the process ends whether it is done or not. */
  readonly deadlineMs: number;
  readonly log: Log;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The first SIGTERM or SIGINT stops in an orderly way and ends with 0; a second one, the deadline or an error with 1. */
export function onShutdownSignal(stop: () => Promise<void>, { deadlineMs, log }: ShutdownOptions): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn({ signal }, 'second signal: ending at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'shutting down');
    setTimeout(() => {
      log.error({ deadlineMs }, 'the shutdown took too long');
      process.exit(1);
    }, deadlineMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
}
