import type { FinalState, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

/** How a round of a message ended, to be found by: the ledger alone says what counts. */
export interface EndingRecord extends Tenant {
  readonly messageId: string;
  readonly round: number;
  readonly campaignId: string;
  readonly state: FinalState;
  readonly reason: string;
}
export interface EndingFilter {
  readonly state?: FinalState;
  readonly reason?: string;
  readonly campaignId?: string;
  /** When their calls were accepted, milliseconds since the epoch by the time in the executionId; without `to` itself. */
  readonly from?: number;
  readonly to?: number;
}
/** One ending, as the index has it. */
export type EndingEntry = Pick<EndingRecord, 'messageId' | 'round' | 'state' | 'reason'>;
/** An index of final states: insert-only, behind the ledger by as much as the tracker is. */
export interface EndingRepository {
  /** Idempotent by message and round. */
  insert(endings: readonly EndingRecord[]): Promise<void>;
  /**
   * Ids of messages of which some round ended so, each once: those of the newest execution first, each call's in its
   * order. Whatever the filter, a page costs a bounded range of an index per state and reason that there is.
   */
  list(tenant: Tenant, page: PageRequest & EndingFilter): Promise<Page<string>>;
  /**
   * The entries themselves, in the order of `list`: those of `limit` messages at most, each with all its rounds. `first`
   * and `before`: only of executions from this one on, and of those that come before that one by their ids.
   */
  entries(
    tenant: Tenant,
    page: PageRequest & Pick<EndingFilter, 'from' | 'to'> & { readonly first?: string; readonly before?: string },
  ): Promise<Page<EndingEntry>>;
}
