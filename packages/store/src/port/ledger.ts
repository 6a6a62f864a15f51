import type { FinalState, MessageBase, Position, Tenant } from '@herald/contracts';

/** What the final entry of a round says. */
export interface Ending {
  readonly state: FinalState;
  readonly reason: string;
  /** A coded description: a provider's reply code, the name of an attribute. Never content, never an address. */
  readonly detail?: string;
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
    | { readonly kind: 'call'; readonly provider: string; readonly leaseUntil: number }
    | { readonly kind: 'end'; readonly ending: Ending };
}
export interface ResultEntry extends EntryBase {
  readonly outcome:
    | { readonly kind: 'retry'; readonly notBefore: number; readonly reason: string; readonly detail?: string }
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
  /** All attempts of each message, by round and attempt. */
  messages(messageIds: readonly string[]): Promise<AttemptRecord[][]>;
}
