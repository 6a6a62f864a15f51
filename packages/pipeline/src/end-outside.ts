import { messageIdOf, type MessageBase, type MessageMeta } from '@herald/contracts';
import type { AttemptRecord, Ending, ResultEntry, RoundEntry, StoredExecution } from '@herald/store';
import { messageBaseOf } from './message.ts';
import { OUTCOME_UNKNOWN } from './outcome.ts';
import type { Pipeline } from './pipeline.ts';
import { statusRecord } from './status.ts';

/**
 * `ended`: by this call. `over`: it has a final state. `claimed`: a call of a provider is under way, or was when its
 * worker died. `raced`: somebody else claimed it in between.
 */
export type OutsideEnd = 'ended' | 'over' | 'claimed' | 'raced';

export interface OutsideEnding {
  readonly stage: string;
  readonly ending: Ending;
  /** How a call that nobody will settle any more ended; absent: such a claim is left to whoever holds it. */
  readonly ofOpenCall?: Ending;
  /** The newest round that was opened; absent: the first. */
  readonly round?: RoundEntry | undefined;
}

/**
 * Ends a message by its ledger alone, without the message itself: where nobody has its attempt, whoever inserts the
 * claim ends it, and the worker that meets the message later follows that result. `attempts` is what the ledger has.
 */
export async function endFromOutside(
  pipeline: Pick<Pipeline, 'store' | 'runtime' | 'publish'>,
  execution: StoredExecution,
  recipientIndex: number,
  attempts: readonly AttemptRecord[],
  { stage, ending, ofOpenCall, round }: OutsideEnding,
): Promise<OutsideEnd> {
  const { ledger } = pipeline.store;
  const newest = Math.max(round?.round ?? 1, attempts.at(-1)?.claim.round ?? 1);
  // A round that was opened and not begun has no attempt yet.
  const last = attempts.findLast(({ claim }) => claim.round === newest);
  if (last?.result?.outcome.kind === 'final') {
    // Whoever ended it here may have died before it told, and no worker has the message to tell in its stead.
    if (wasFromOutside(last, stage)) await tell(pipeline, execution, last.result);
    return 'over';
  }
  const at = pipeline.runtime.clock.now();
  const open = last !== undefined && last.result === undefined;
  const key = {
    messageId: messageIdOf(execution.executionId, recipientIndex),
    round: newest,
    attempt: open ? last.claim.attempt : (last?.claim.attempt ?? 0) + 1,
  };
  // A claim that ends a message is completed by whoever meets it; what a provider may have taken is not said to be unsent.
  const plan = open ? last.claim.plan : undefined;
  const mayBeTaken = last?.result?.outcome.kind === 'retry' && last.result.outcome.next === 'same-provider';
  const final = plan?.kind === 'end' ? plan.ending : open ? ofOpenCall : mayBeTaken ? OUTCOME_UNKNOWN : ending;
  if (final === undefined) return 'claimed';
  if (!open) {
    const { org, sandbox, executionId, acceptedAt } = execution;
    const claim = { ...key, at, org, sandbox, executionId, stage, times: { accepted: acceptedAt } };
    const [won] = await ledger.claim([{ ...claim, plan: { kind: 'end', ending: final } }]);
    if (!won) return 'raced';
  }
  const result = { ...key, at, outcome: { kind: 'final', ...final } } as const;
  const [settled] = await ledger.settle([result]);
  if (!settled) return 'raced';
  await tell(pipeline, execution, result);
  return 'ended';
}

/** Workers name the provider in the result of every call. */
const wasFromOutside = ({ claim, result }: AttemptRecord, stage: string): boolean =>
  claim.stage === stage || (claim.plan.kind === 'call' && result?.provider === undefined);

const tell = (pipeline: Pick<Pipeline, 'publish'>, execution: StoredExecution, result: ResultEntry): Promise<void> =>
  pipeline.publish(statusRecord(messageOf(execution, result), result));

function messageOf(
  execution: StoredExecution,
  { messageId, round, attempt }: { messageId: string; round: number; attempt: number },
): { meta: MessageMeta; body: MessageBase } {
  const { deadline, org, sandbox } = execution;
  return {
    meta: { messageId, round, attempt, deadline, org, sandbox, key: messageId, rung: 0 },
    body: messageBaseOf(execution),
  };
}
