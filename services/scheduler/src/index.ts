import { LANES, ladderTopics } from '@herald/contracts';
import { startPump, workers, type Workers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { createForwarder } from './forward.ts';
import { createLogWatch } from './log-watch.ts';
import { repeat } from './repeat.ts';
import { createRoundSweeper } from './sweep-rounds.ts';
import { createSweeper } from './sweep.ts';

const SWEEP_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

/** Moves what is due from the ladder back to its topic, ends what is overdue, deletes what is out of retention. */
export async function start({ pipeline, config, runtime, log }: ServiceDeps): Promise<Workers> {
  const forward = createForwarder(pipeline);
  const ladders = await Promise.all(
    LANES.map((lane) =>
      startPump(pipeline, {
        group: `herald.scheduler.${lane}`,
        topics: ladderTopics(lane, config.ladderMs),
        maxInFlight: 1_000,
        handle: (batch) => forward(lane, batch),
      }),
    ),
  );
  const logWatch = createLogWatch(pipeline);
  // The grace is time in which workers could have ended it. It is asked for before each batch.
  const mayGoOn = async (): Promise<boolean> => (await logWatch.answersForMs()) >= config.sweepGraceMs;
  const sweep = createSweeper(pipeline, config.sweepGraceMs, mayGoOn);
  const sweepRounds = createRoundSweeper(pipeline, config.sweepGraceMs, mayGoOn);
  const sweeper = repeat(runtime.clock, pipeline.patience, SWEEP_EVERY_MS, async () => {
    let lost = 0;
    try {
      lost = (await sweep()) + (await sweepRounds());
    } catch (error) {
      logWatch.broken();
      throw error;
    }
    if (lost > 0) log.error({ lost }, 'messages were overdue and are ended as lost');
  });
  const pruner = repeat(runtime.clock, pipeline.patience, PRUNE_EVERY_MS, async () => {
    const now = runtime.clock.now();
    // Executions outlive the ledger, so that whatever the ledger holds can be explained.
    const before = {
      ledger: now - config.recordRetentionDays * DAY_MS,
      executions: now - (config.recordRetentionDays + 1) * DAY_MS,
      caps: now - DAY_MS,
      erasures: now,
    };
    while (await pipeline.store.prune(before));
  });
  const pumps = workers(ladders);
  return {
    ...pumps,
    failed: Promise.race([pumps.failed, sweeper.failed, pruner.failed]),
    async close() {
      await Promise.all([pumps.close(), sweeper.close(), pruner.close()]);
    },
  };
}
