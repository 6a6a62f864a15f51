import type { DeadLetter, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

export interface DeadLetterRepository {
  /** Idempotent by id. */
  insert(letters: readonly DeadLetter[]): Promise<void>;
  /** Newest first. Letters without a tenant (unreadable records) are listed with `tenant` undefined. */
  list(tenant: Tenant | undefined, page: PageRequest): Promise<Page<DeadLetter>>;
  get(tenant: Tenant | undefined, id: string): Promise<DeadLetter | undefined>;
}
