import type { Key, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

export interface KeyRecord extends Key {
  /** SHA-256 of the key, hex: the key itself is stored nowhere. */
  readonly hash: string;
}
export interface KeyRepository {
  /** False when a key of that hash exists. */
  insert(key: KeyRecord): Promise<boolean>;
  findByHash(hash: string): Promise<KeyRecord | undefined>;
  list(tenant: Tenant, page: PageRequest): Promise<Page<Key>>;
  /** Undefined: no such key there. Revoking twice keeps the first time. */
  revoke(tenant: Tenant, id: string, at: string): Promise<Key | undefined>;
  /**
   * Inserts `next`, and with it gives the key `id` the end date `expiresAt`, unless it ends earlier anyway. `missing`:
   * there is no such key, or it is revoked; then nothing is changed.
   */
  rotate(tenant: Tenant, id: string, next: KeyRecord, expiresAt: string): Promise<'written' | 'missing'>;
}
