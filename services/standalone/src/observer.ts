import type { Observer } from '@herald/pipeline';
import type { Log, Metrics } from '@herald/service-kit';

/** The pipeline's observations as metrics and log lines. */
export function createObserver(metrics: Metrics, log: Log): Observer {
  return {
    stage: (name, lane, channel, ms) => metrics.stageDuration(name, lane, channel, ms / 1_000),
    alarm(code, detail) {
      metrics.alarm(code);
      log.error({ code, ...detail }, 'alarm');
    },
    // The error's message may quote what a caller sent: its name and place have to do.
    bug: (stage, messageId, error) =>
      log.error({ stage, messageId, error: error instanceof Error ? error.name : 'thrown', at: placeOf(error) }, 'bug'),
  };
}

const placeOf = (error: unknown): string | undefined =>
  error instanceof Error
    ? error.stack
        ?.split('\n')
        .find((line) => line.trimStart().startsWith('at '))
        ?.trim()
    : undefined;
