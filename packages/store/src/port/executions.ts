import type { Channel, Guarantee, Lane, Marks, RejectedRecipient, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

/** One accepted call. The 202 body follows from it, so a repeat is answered with the same one. */
export interface ExecutionRecord extends Tenant, Marks {
  readonly executionId: string;
  readonly campaignId: string;
  readonly campaignVersion: number;
  readonly requestId: string;
  readonly keyId: string;
  readonly channel: Channel;
  readonly lane: Lane;
  readonly guarantee: Guarantee;
  /** HMAC of the canonical request body. */
  readonly bodyHash: string;
  /** HMACs of the accepted recipients' identities, in the order of the call. */
  readonly recipients: readonly string[];
  /** Recipients of the call who were not accepted; absent: there are none. */
  readonly rejected?: readonly RejectedRecipient[];
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly deadline: number;
  /** The retry policy of its messages; absent: the installation's. */
  readonly retryMs?: readonly number[];
}
export interface StoredExecution extends ExecutionRecord {
  /** Its messages are on the bus: inserted by `confirm`. */
  readonly confirmed: boolean;
  readonly cancelled?: Cancellation;
}
/** Somebody wants what is left of an execution not to be sent. */
export interface Cancellation {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The id of the key. */
  readonly by: string;
}
export interface ExecutionFilter {
  readonly campaignId?: string;
  readonly requestId?: string;
  /** The HMAC of a recipient's identity. */
  readonly recipient?: string;
  /** Accepted then, milliseconds since the epoch by the time in the executionId; without `to` itself. */
  readonly from?: number;
  readonly to?: number;
  /** Only what is listed behind this execution, beside a cursor. */
  readonly after?: string;
}
export interface SweepMark {
  readonly deadline: number;
  readonly executionId: string;
}
export interface ExecutionRepository {
  /** Unique by (org, sandbox, campaignId, requestId); the loser is given what is stored. Also inside one batch. */
  insert(
    records: readonly ExecutionRecord[],
  ): Promise<({ readonly inserted: true } | { readonly inserted: false; readonly stored: StoredExecution })[]>;
  /** Marks executions whose messages are published. Idempotent. */
  confirm(executionIds: readonly string[]): Promise<void>;
  findByRequest(tenant: Tenant, campaignId: string, requestId: string): Promise<StoredExecution | undefined>;
  get(tenant: Tenant, executionId: string): Promise<StoredExecution | undefined>;
  /** Undefined where there is none, or it is another tenant's. */
  getMany(tenant: Tenant, executionIds: readonly string[]): Promise<(StoredExecution | undefined)[]>;
  /** Newest first, confirmed or not. */
  list(tenant: Tenant, page: PageRequest & ExecutionFilter): Promise<Page<StoredExecution>>;
  /** Marks an execution as cancelled; the first mark stays. The caller has seen to it that it exists. */
  cancel(executionId: string, cancellation: Cancellation): Promise<void>;
  /** Which of them are cancelled. */
  cancelled(executionIds: readonly string[]): Promise<boolean[]>;
  /** Of every tenant, by (deadline, executionId) after `after`, with a deadline before `before`. */
  overdue(query: {
    readonly after?: SweepMark;
    readonly before: number;
    readonly limit: number;
  }): Promise<StoredExecution[]>;
  /** How far the sweeper came, in the order of `overdue`; undefined before its first mark. */
  sweptTo(): Promise<SweepMark | undefined>;
  markSwept(mark: SweepMark): Promise<void>;
}
