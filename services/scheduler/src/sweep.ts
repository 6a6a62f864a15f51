import { messageIdOf, type MessageBase, type MessageMeta } from '@herald/contracts';
import { statusRecord, type Pipeline } from '@herald/pipeline';
import type { AttemptRecord, Ending, StoredExecution } from '@herald/store';

const LOST: Ending = { state: 'failed', reason: 'lost' };
const UNKNOWN: Ending = { state: 'failed', reason: 'outcome-unknown' };
const BATCH = 200;

/**
 * Ends messages that are long past their deadline and still have no final state: something lost them. Walks the
 * executions in the order of their deadlines, each once. Returns how many messages it ended.
 */
export function createSweeper(pipeline: Pipeline, graceMs: number): () => Promise<number> {
  const { store, runtime, observer } = pipeline;
  return async () => {
    const { executions } = store;
    let lost = 0;
    for (;;) {
      const after = await executions.sweptTo();
      const before = runtime.clock.now() - graceMs;
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
      if (await end(execution, index, attempts)) lost += 1;
    }
    return lost;
  }

  async function end(execution: StoredExecution, index: number, attempts: readonly AttemptRecord[]): Promise<boolean> {
    const last = attempts.at(-1);
    if (last?.result?.outcome.kind === 'final') return false;
    const at = runtime.clock.now();
    const open = last !== undefined && last.result === undefined;
    const key = {
      messageId: messageIdOf(execution.executionId, index),
      round: last?.claim.round ?? 1,
      attempt: open ? last.claim.attempt : (last?.claim.attempt ?? 0) + 1,
    };
    // The grace is far longer than any lease, so an open claim belongs to nobody alive.
    const ending = !open ? LOST : last.claim.plan.kind === 'end' ? last.claim.plan.ending : UNKNOWN;
    if (!open) {
      const claim = { ...key, at, org: execution.org, sandbox: execution.sandbox, executionId: execution.executionId };
      const times = { accepted: execution.acceptedAt };
      const [won] = await store.ledger.claim([{ ...claim, stage: 'scheduler', times, plan: { kind: 'end', ending } }]);
      if (!won) return false;
    }
    const result = { ...key, at, outcome: { kind: 'final', ...ending } } as const;
    const [settled] = await store.ledger.settle([result]);
    if (!settled) return false;
    observer.alarm('message-lost', { messageId: key.messageId, reason: ending.reason });
    await pipeline.publish(statusRecord(messageOf(execution, key), result));
    return true;
  }
}

function messageOf(
  execution: StoredExecution,
  { messageId, round, attempt }: { messageId: string; round: number; attempt: number },
): { meta: MessageMeta; body: MessageBase } {
  const { executionId, campaignId, campaignVersion, channel, lane, guarantee, acceptedAt, deadline, org, sandbox } =
    execution;
  return {
    meta: { messageId, round, attempt, deadline, org, sandbox, key: messageId, rung: 0 },
    body: { executionId, campaignId, campaignVersion, channel, lane, guarantee, times: { accepted: acceptedAt } },
  };
}
