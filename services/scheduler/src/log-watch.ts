import type { Bus } from '@herald/bus';
import { LANES, ladderTopics, type Clock } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';

/** A longer gap between two looks says nothing of the time between: the clock was set, or the process stood still. */
const LONGEST_GAP_MS = 60_000;

export interface LogWatch {
  /** Milliseconds for which the log has answered without a break, as far as this process saw. Throws `Outage`. */
  answersForMs(): Promise<number>;
  /** Something that workers need was away. */
  broken(): void;
}

export interface LogWatchDeps {
  readonly bus: Pick<Bus, 'lag'>;
  readonly runtime: { readonly clock: Pick<Clock, 'now'> };
  readonly settings: Pick<Pipeline['settings'], 'ladderMs'>;
}

/**
 * Tells for how long workers could have ended what is overdue: they cannot while the log or the store is away, so that
 * time says nothing about whether a message was lost.
 */
export function createLogWatch({ bus, runtime, settings }: LogWatchDeps): LogWatch {
  let answersSince: number | undefined;
  let looked = 0;
  return {
    async answersForMs() {
      for (const lane of LANES) await bus.lag(`herald.scheduler.${lane}`, ladderTopics(lane, settings.ladderMs));
      const now = runtime.clock.now();
      if (answersSince === undefined || now < looked || now - looked > LONGEST_GAP_MS) answersSince = now;
      looked = now;
      return now - answersSince;
    },
    broken() {
      answersSince = undefined;
    },
  };
}
