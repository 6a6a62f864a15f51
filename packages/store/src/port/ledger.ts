import type { FinalState, MessageBase, Position, Tenant } from '@herald/contracts';

/** What the final entry of a round says. */
export interface Ending {
  readonly state: FinalState;
  readonly reason: string;
  /** A coded description: a provider's reply code, the name of an attribute. Never content, never an address. */
  readonly detail?: string;
  /** Of a bug: where it happened, as `packages/pipeline/src/loop.ts:12`, the innermost place first. */
  readonly stack?: readonly string[];
}

interface EntryBase {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
/** Whoever inserts it may call the provider, or end the message; nobody else. */
export interface ClaimEntry extends EntryBase, Tenant {
  readonly executionId: string;
  readonly stage: string;
  /** Where the input of this attempt lies. Absent: the sweeper claims without one. */
  readonly input?: Position;
  /** Milliseconds since the epoch, per step passed before the claim. */
  readonly times: MessageBase['times'];
  readonly plan:
    | {
        readonly kind: 'call';
        readonly provider: string;
        readonly leaseUntil: number;
        /** HMAC of the address that is sent to: feedback about the message is about that one. */
        readonly to?: string;
      }
    | { readonly kind: 'end'; readonly ending: Ending };
}
export interface ResultEntry extends EntryBase {
  readonly outcome:
    | {
        readonly kind: 'retry';
        readonly notBefore: number;
        readonly reason: string;
        readonly detail?: string;
        /** It came to no call, for a reason that is not the message's: the retry policy does not count it. */
        readonly free?: true;
        /**
         * Who is to be asked at the next attempt: this provider and nobody else, since it may have taken the message;
         * or the next one first, since this one failed. Absent: whoever is first.
         */
        readonly next?: 'same-provider' | 'next-provider';
      }
    | ({ readonly kind: 'final' } & Ending);
  readonly provider?: string;
  readonly providerMessageId?: string;
}
/** After a claim's lease ended without a result: whoever inserts number `k` holds the claim for a lease of its own. */
export interface TakeoverEntry extends EntryBase {
  readonly k: number;
  readonly leaseUntil: number;
}
export interface AttemptKey {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
}
/** All that the ledger has of one attempt. */
export interface AttemptRecord {
  readonly claim: ClaimEntry;
  readonly takeovers: readonly TakeoverEntry[];
  readonly result?: ResultEntry;
}
/** A further round of a message, from 2 on: somebody wants it tried again, as if it were new. */
export interface RoundEntry extends Tenant {
  readonly messageId: string;
  readonly round: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The id of the key, and why. */
  readonly by: string;
  readonly note?: string;
  /** Past it the round is over. */
  readonly deadline: number;
  /** It is not begun before. */
  readonly notBefore?: number;
  /** The record that is published again. */
  readonly input: Position;
}
export interface RoundMark {
  readonly deadline: number;
  readonly messageId: string;
  readonly round: number;
}
/** Insert-only: every entry has a unique id, the first one wins, and nothing is updated. */
export interface LedgerRepository {
  /** True: inserted by this call. Unique by (messageId, round, attempt), also inside one batch. */
  claim(entries: readonly ClaimEntry[]): Promise<boolean[]>;
  /** True: inserted by this call. Unique by attempt; attempts without a claim are the caller's bug. */
  settle(entries: readonly ResultEntry[]): Promise<boolean[]>;
  /** True: inserted by this call. Unique by (attempt, k). */
  takeOver(entries: readonly TakeoverEntry[]): Promise<boolean[]>;
  /** What is stored of each attempt; undefined when it was never claimed. */
  attempts(keys: readonly AttemptKey[]): Promise<(AttemptRecord | undefined)[]>;
  /** True: inserted by this call. Unique by (message, round). */
  openRounds(entries: readonly RoundEntry[]): Promise<boolean[]>;
  /** The rounds of each message that were opened by somebody, by number: there is no entry of the first. */
  rounds(messageIds: readonly string[]): Promise<RoundEntry[][]>;
  /** Of every tenant, by deadline and id after `after`, with a deadline before `before`. */
  overdueRounds(query: {
    readonly after?: RoundMark;
    readonly before: number;
    readonly limit: number;
  }): Promise<RoundEntry[]>;
  /** All attempts of each message, by round and attempt. */
  messages(messageIds: readonly string[]): Promise<AttemptRecord[][]>;
}
