import type { EventType, Runtime } from '@herald/contracts';
import type { ClaimAnswer } from './ledger.ts';
import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';

/**
 * A step of the pipeline: a function over a batch, with one outcome per input in the same order, so that its I/O is
 * batched and one slow message never holds its neighbours. It never rejects: a rejection is a bug, and ends that
 * message as `dead`/`internal-error`.
 */
export type Stage<In extends EventType, Out extends EventType = never> = (
  batch: readonly Message<In>[],
  ctx: StageContext,
) => Promise<Outcome<Out>>[];

export interface StageContext {
  readonly runtime: Runtime;
  /**
   * Wins the right to call `provider` for this attempt, or says what to do instead. The last step before a call. `to`: HMAC
   * of the address that is sent to.
   */
  claim(message: Message<'message.rendered.v1'>, provider: string, to?: string): Promise<ClaimAnswer>;
}
