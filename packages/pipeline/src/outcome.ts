import type { EventBody, EventType } from '@herald/contracts';
import type { Ending, ResultEntry } from '@herald/store';

/** The right to call the provider for one attempt, won in the ledger and not yet settled. */
export interface HeldClaim {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
  /** Absent on a claim that ends the message without a call. */
  readonly provider?: string;
  /** Milliseconds since the epoch; past it somebody else may take the claim over. Absent where no call is made. */
  readonly leaseUntil?: number;
  /** Somebody else held it before, and may have called the provider. */
  readonly takenOver?: true;
}

/** Passes the message on to the next step. */
export interface Forward<Out extends EventType> {
  readonly kind: 'forward';
  readonly body: EventBody<Out>;
}
/** The provider call failed and may be repeated: uses up an attempt, unless it is free. Only senders return it. */
export interface Retry {
  readonly kind: 'retry';
  readonly claim: HeldClaim;
  readonly reason: string;
  readonly detail?: string;
  /** The provider's own word on when to come back. */
  readonly retryAfterMs?: number;
  /** No call was made, for a reason that is not the message's fault: the retry policy does not count the attempt. */
  readonly free?: true;
  /** The provider itself failed: the next attempt is another one's, where there is another. */
  readonly providerFailed?: true;
}
/** Not now, for a reason that is not the message's fault: uses up no attempt. */
export interface Hold {
  readonly kind: 'hold';
  readonly reason: string;
  /** Milliseconds since the epoch, where it is known; otherwise the hold climbs the ladder. */
  readonly until?: number;
}
/** The message is over. Without a claim the loop wins one first. */
export interface End {
  readonly kind: 'end';
  readonly ending: Ending;
  readonly claim?: HeldClaim;
  readonly providerMessageId?: string;
}
/** The message is over, and its input goes to the dead-letter topic unchanged. */
export interface Dead {
  readonly kind: 'dead';
  readonly reason: string;
  readonly detail: string;
  /** Of a bug: see `Ending`. */
  readonly stack?: readonly string[];
  readonly claim?: HeldClaim;
}
/** The ledger has this attempt's result already: what follows from it is done once more, in case it was not. */
export interface Follow {
  readonly kind: 'follow';
  readonly result: ResultEntry;
}

export type Outcome<Out extends EventType = never> = Forward<Out> | Retry | Hold | End | Dead | Follow;
/** What is left when nothing is passed on. */
export type Closing = Exclude<Outcome, Forward<never>>;

/** A provider may have taken the message, and nobody saw an answer. */
export const OUTCOME_UNKNOWN = { state: 'failed', reason: 'outcome-unknown' } as const satisfies Ending;
