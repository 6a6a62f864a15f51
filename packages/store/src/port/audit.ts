import type { AuditEntry, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

/** What was changed, by whom. Entries are written with the changes themselves (`Store.audited`), and never changed. */
export interface AuditRepository {
  append(tenant: Tenant, entry: AuditEntry): Promise<void>;
  /** Newest first: all, or those of one type, or of one thing; its id alone finds it whatever its type is. */
  list(
    tenant: Tenant,
    page: PageRequest & { readonly objectType?: AuditEntry['objectType']; readonly objectId?: string },
  ): Promise<Page<AuditEntry>>;
}
