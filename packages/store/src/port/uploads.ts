import type { Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

/** What became of a file of the suppression list. Of its lines only numbers are kept, never what stood there. */
export interface UploadRecord {
  readonly id: string;
  readonly keyId: string;
  readonly filename: string;
  readonly createdAt: string;
  readonly endedAt: string;
  readonly lines: number;
  readonly written: number;
  readonly failed: number;
  /** The first of those that failed. */
  readonly failures: readonly { readonly line: number; readonly type: string; readonly message: string }[];
}

/** Files that were read into the suppression list. Taking a record away takes nothing off the list. */
export interface UploadRepository {
  insert(tenant: Tenant, upload: UploadRecord): Promise<void>;
  get(tenant: Tenant, id: string): Promise<UploadRecord | undefined>;
  /** Newest first. */
  list(tenant: Tenant, page: PageRequest): Promise<Page<UploadRecord>>;
  /** Whether there was one. */
  remove(tenant: Tenant, id: string): Promise<boolean>;
}
