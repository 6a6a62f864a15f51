import { executionIdOf, recipientIndexOf } from '@herald/contracts';
import { endFromOutside, OUTCOME_UNKNOWN, type Pipeline } from '@herald/pipeline';
import type { RoundEntry } from '@herald/store';
import { LOST } from './sweep.ts';

const BATCH = 200;

/**
 * As the sweeper of executions does, for rounds that somebody opened: each has a deadline of its own. They are few, so
 * a start looks at all of them again.
 */
export function createRoundSweeper(
  pipeline: Pipeline,
  graceMs: number,
  mayGoOn: () => Promise<boolean>,
): () => Promise<number> {
  const { store, runtime, observer } = pipeline;
  let after: RoundEntry | undefined;
  return async () => {
    let lost = 0;
    for (;;) {
      if (!(await mayGoOn())) return lost;
      const before = runtime.clock.now() - graceMs;
      const overdue = await store.ledger.overdueRounds({ ...(after && { after }), before, limit: BATCH });
      for (const round of overdue) if (await end(round)) lost += 1;
      const last = overdue.at(-1);
      if (last === undefined) return lost;
      after = last;
    }
  };

  async function end(round: RoundEntry): Promise<boolean> {
    const { messageId, org, sandbox } = round;
    const [execution, [attempts = []], [rounds = []]] = await Promise.all([
      store.executions.get({ org, sandbox }, executionIdOf(messageId)),
      store.ledger.messages([messageId]),
      store.ledger.rounds([messageId]),
    ]);
    // Only the newest round can be open.
    if (execution === undefined || rounds.at(-1)?.round !== round.round) return false;
    const plan = { stage: 'scheduler', ending: LOST, ofOpenCall: OUTCOME_UNKNOWN, round };
    const ended = await endFromOutside(pipeline, execution, recipientIndexOf(messageId), attempts, plan);
    if (ended !== 'ended') return false;
    observer.alarm('message-lost', { messageId });
    return true;
  }
}
