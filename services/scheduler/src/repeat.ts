import { isOutage, type Clock } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';

export interface Repeated {
  /** Resolves with the error when the job threw something that is not an outage. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/** Does a job again and again, with a pause between. Outages are waited out. */
export function repeat(
  clock: Clock,
  patience: Pipeline['patience'],
  pauseMs: number,
  job: () => Promise<void>,
): Repeated {
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const closing = new AbortController();
  const running = (async () => {
    while (!closing.signal.aborted) {
      await patience.persist(job);
      await clock.sleep(pauseMs, closing.signal);
    }
  })().catch((error: unknown) => {
    if (!isOutage(error)) fail(error instanceof Error ? error : new Error(String(error)));
  });
  return {
    failed,
    close() {
      closing.abort();
      return running;
    },
  };
}
