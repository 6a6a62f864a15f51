import type { Channel, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

export interface Suppression {
  readonly channel: Channel;
  /** Compared trimmed, and email addresses in lower case. */
  readonly address: string;
  readonly reason: string;
  readonly createdAt: string;
}
export interface SuppressionRepository {
  /** Acts on the next check. Adding an address again keeps the first entry. */
  add(tenant: Tenant, suppression: Suppression): Promise<void>;
  remove(tenant: Tenant, channel: Channel, address: string): Promise<boolean>;
  check(addresses: readonly (Tenant & { channel: Channel; address: string })[]): Promise<boolean[]>;
  list(tenant: Tenant, page: PageRequest): Promise<Page<Suppression>>;
}
