import type { DeliveryState, Tenant, WebhookDelivery } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

export interface DeliveryRecord extends WebhookDelivery, Tenant {}

export interface DeliveryKey extends Tenant {
  readonly webhookId: string;
  readonly id: string;
}

export interface WebhookDeliveryRepository {
  /** Idempotent by webhook and id: the first one stays. */
  insert(deliveries: readonly DeliveryRecord[]): Promise<void>;
  getMany(keys: readonly DeliveryKey[]): Promise<(DeliveryRecord | undefined)[]>;
  /** Newest first. */
  list(
    tenant: Tenant,
    webhookId: string,
    page: PageRequest & { readonly state?: DeliveryState },
  ): Promise<Page<DeliveryRecord>>;
  /** Replaces each whose stored revision is one less; false for the others. */
  replace(deliveries: readonly DeliveryRecord[]): Promise<boolean[]>;
}
