import type { Tenant, Webhook } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';
import type { Written } from './written.ts';

/** What signs: as it was sealed, never in the clear. */
export interface WebhookSecret {
  readonly sealed: string;
  /** Milliseconds since the epoch; it signs until then. Absent: for good. */
  readonly until?: number;
}

export interface WebhookRecord extends Omit<Webhook, 'failingSince' | 'oldSecretUntil'> {
  /** The newest first. */
  readonly secrets: readonly WebhookSecret[];
  /** Milliseconds since the epoch; kept by `failing` and `working` alone, whatever is written otherwise. */
  readonly failingSince?: number;
}

export interface WebhookRepository {
  insert(tenant: Tenant, webhook: WebhookRecord): Promise<void>;
  get(tenant: Tenant, id: string): Promise<WebhookRecord | undefined>;
  /** Newest first. */
  list(tenant: Tenant, page: PageRequest): Promise<Page<WebhookRecord>>;
  /** Replaces the webhook if its stored revision is `webhook.revision - 1`. */
  replace(tenant: Tenant, webhook: WebhookRecord): Promise<Written<WebhookRecord>>;
  /** False: there was none. */
  remove(tenant: Tenant, id: string): Promise<boolean>;
  /**
   * A delivery failed at a time: returns since when all did, which is that time if none did before. Undefined: there is
   * no such webhook. It is no change of the configuration.
   */
  failing(tenant: Tenant, id: string, at: number): Promise<number | undefined>;
  /** A delivery went through: what failed before counts no more. */
  working(tenant: Tenant, id: string): Promise<void>;
}
