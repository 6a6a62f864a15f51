import { messageIdOf } from '@herald/contracts';
import type { AttemptRecord, Cancellation, Ending, StoredExecution } from '@herald/store';
import { endFromOutside } from './end-outside.ts';
import type { Pipeline } from './pipeline.ts';

/** How a message ends that was cancelled before it was sent. */
export const CANCELLED: Ending = { state: 'excluded', reason: 'cancelled' };

/** A message that is claimed while it is being cancelled is looked at again: the claim may have ended with a retry. */
const MAX_LOOKS = 5;

/**
 * Marks an execution as cancelled, then ends each of its messages that nobody is sending at the moment. One that is
 * being sent ends as it ends; if it would be tried again, it is not: whoever routes a retry reads the mark first, and
 * the mark was there before the ledger was read here. Returns what the ledger has of each recipient afterwards.
 */
export async function cancelExecution(
  pipeline: Pick<Pipeline, 'store' | 'runtime' | 'publish'>,
  execution: StoredExecution,
  cancellation: Cancellation,
): Promise<readonly (readonly AttemptRecord[])[]> {
  const { store } = pipeline;
  await store.executions.cancel(execution.executionId, cancellation);
  const ids = execution.recipients.map((_, index) => messageIdOf(execution.executionId, index));
  let open = new Set(ids.keys());
  for (let looks = 0; looks < MAX_LOOKS && open.size > 0; looks += 1) {
    const [ledger, rounds] = await Promise.all([store.ledger.messages(ids), store.ledger.rounds(ids)]);
    const raced = await Promise.all(
      [...open].map(async (index) => {
        const plan = { stage: 'control', ending: CANCELLED, round: rounds[index]?.at(-1) };
        return [index, await endFromOutside(pipeline, execution, index, ledger[index] ?? [], plan)] as const;
      }),
    );
    open = new Set(raced.filter(([, ended]) => ended === 'raced').map(([index]) => index));
  }
  return store.ledger.messages(ids);
}
