import { messageIdOf } from '@herald/contracts';
import { endFromOutside, OUTCOME_UNKNOWN, type Pipeline } from '@herald/pipeline';
import type { AttemptRecord, Ending, StoredExecution } from '@herald/store';

export const LOST: Ending = { state: 'failed', reason: 'lost' };
const BATCH = 200;

/**
 * Ends messages that are long past their deadline and still have no final state: something lost them. Walks the
 * executions in the order of their deadlines, each once. Returns how many messages it ended.
 */
export function createSweeper(
  pipeline: Pipeline,
  graceMs: number,
  mayGoOn: () => Promise<boolean>,
): () => Promise<number> {
  const { store, runtime, observer } = pipeline;
  return async () => {
    const { executions } = store;
    let lost = 0;
    for (;;) {
      if (!(await mayGoOn())) return lost;
      const now = runtime.clock.now();
      const before = now - graceMs;
      let after = await executions.sweptTo();
      if (after !== undefined && after.deadline >= now) {
        // It was made by a clock that was far ahead: whatever comes in until then would never be looked at.
        after = { deadline: before, executionId: '' };
        await executions.markSwept(after);
      }
      const overdue = await executions.overdue({ ...(after ? { after } : {}), before, limit: BATCH });
      for (const execution of overdue) lost += await sweepExecution(execution);
      const last = overdue.at(-1);
      if (last === undefined) return lost;
      // Only now: what a crash interrupts is swept again.
      await executions.markSwept({ deadline: last.deadline, executionId: last.executionId });
    }
  };

  async function sweepExecution(execution: StoredExecution): Promise<number> {
    const ids = execution.recipients.map((_, index) => messageIdOf(execution.executionId, index));
    const ledger = await store.ledger.messages(ids);
    let lost = 0;
    for (const [index, attempts] of ledger.entries()) {
      // A call that was never confirmed was never answered with 202: only what was claimed counts as accepted.
      if (attempts.length === 0 && !execution.confirmed) continue;
      // A further round has a deadline of its own: see `createRoundSweeper`.
      if ((attempts.at(-1)?.claim.round ?? 1) > 1) continue;
      if (await end(execution, index, attempts)) lost += 1;
    }
    return lost;
  }

  async function end(execution: StoredExecution, index: number, attempts: readonly AttemptRecord[]): Promise<boolean> {
    // The grace is far longer than any lease, so an open claim belongs to nobody alive.
    const plan = { stage: 'scheduler', ending: LOST, ofOpenCall: OUTCOME_UNKNOWN };
    if ((await endFromOutside(pipeline, execution, index, attempts, plan)) !== 'ended') return false;
    observer.alarm('message-lost', { messageId: messageIdOf(execution.executionId, index) });
    return true;
  }
}
