import type { DeadLetter, Resolution, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

export interface DeadLetterRepository {
  /** Idempotent by id. */
  insert(letters: readonly DeadLetter[]): Promise<void>;
  /** Newest first. Letters without a tenant (unreadable records) are listed with `tenant` undefined. */
  list(tenant: Tenant | undefined, page: PageRequest): Promise<Page<DeadLetter>>;
  get(tenant: Tenant | undefined, id: string): Promise<DeadLetter | undefined>;
  /** Says what was done about a letter; the first resolution stays. Returns the letter as it is then. */
  resolve(tenant: Tenant | undefined, id: string, resolution: Resolution): Promise<DeadLetter | undefined>;
}
