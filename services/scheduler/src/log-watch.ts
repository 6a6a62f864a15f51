import { LANES, ladderTopics } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';

/** A longer gap between two looks is none of a sweep: the clock was set, or the process stood still. */
const LONGEST_GAP_MS = 60_000;

/**
 * Tells, each time it is asked, for how long the log has answered without a break, in milliseconds. While the log is away
 * no worker can end a message, so that time says nothing about whether it was lost; what nobody watched counts as well
 * as away. Throws `Outage` while the log is away.
 */
export function createLogWatch({ bus, runtime, settings }: Pipeline): () => Promise<number> {
  let answersSince: number | undefined;
  let looked = 0;
  return async () => {
    try {
      for (const lane of LANES) await bus.lag(`herald.scheduler.${lane}`, ladderTopics(lane, settings.ladderMs));
    } catch (error) {
      answersSince = undefined;
      throw error;
    }
    const now = runtime.clock.now();
    if (answersSince === undefined || now < looked || now - looked > LONGEST_GAP_MS) answersSince = now;
    looked = now;
    return now - answersSince;
  };
}
