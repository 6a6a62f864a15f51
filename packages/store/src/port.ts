import type { AuditEntry, Tenant } from '@herald/contracts';
import type { AuditRepository } from './port/audit.ts';
import type { CampaignRepository } from './port/campaigns.ts';
import type { CapRepository } from './port/caps.ts';
import type { ContentItemRepository } from './port/content-items.ts';
import type { DeadLetterRepository } from './port/dead-letters.ts';
import type { EndingRepository } from './port/endings.ts';
import type { ExecutionRepository } from './port/executions.ts';
import type { FeedbackRepository } from './port/feedback.ts';
import type { FixtureRepository } from './port/fixtures.ts';
import type { KeyRepository } from './port/keys.ts';
import type { LedgerRepository } from './port/ledger.ts';
import type { ProfileRepository } from './port/profiles.ts';
import type { ProviderGrantRepository } from './port/provider-grants.ts';
import type { SuppressionRepository } from './port/suppressions.ts';
import type { SurfaceRepository } from './port/surfaces.ts';
import type { TallyRepository } from './port/tallies.ts';
import type { WebhookDeliveryRepository } from './port/webhook-deliveries.ts';
import type { WebhookRepository } from './port/webhooks.ts';
import type { UploadRepository } from './port/uploads.ts';

export * from './port/audit.ts';
export * from './port/campaigns.ts';
export * from './port/caps.ts';
export * from './port/content-items.ts';
export * from './port/dead-letters.ts';
export * from './port/endings.ts';
export * from './port/executions.ts';
export * from './port/feedback.ts';
export * from './port/fixtures.ts';
export * from './port/keys.ts';
export * from './port/ledger.ts';
export * from './port/paging.ts';
export * from './port/profiles.ts';
export * from './port/provider-grants.ts';
export * from './port/suppressions.ts';
export * from './port/surfaces.ts';
export * from './port/tallies.ts';
export * from './port/webhook-deliveries.ts';
export * from './port/webhooks.ts';
export * from './port/uploads.ts';
export * from './port/written.ts';

/**
 * The repositories. Each speaks the domain, takes batches where the hot path calls it, and answers in the order of
 * its input. Every promise has a case in the conformance suite (`testStore`). Calls throw `Outage` while the store
 * cannot serve; a write has reached the disk when its promise resolves.
 */
export interface Store {
  readonly keys: KeyRepository;
  readonly surfaces: SurfaceRepository;
  readonly campaigns: CampaignRepository;
  readonly fixtures: FixtureRepository;
  readonly profiles: ProfileRepository;
  readonly suppressions: SuppressionRepository;
  readonly executions: ExecutionRepository;
  readonly ledger: LedgerRepository;
  readonly caps: CapRepository;
  readonly tallies: TallyRepository;
  readonly providerGrants: ProviderGrantRepository;
  readonly endings: EndingRepository;
  readonly deadLetters: DeadLetterRepository;
  readonly feedback: FeedbackRepository;
  readonly contentItems: ContentItemRepository;
  readonly webhooks: WebhookRepository;
  readonly webhookDeliveries: WebhookDeliveryRepository;
  readonly uploads: UploadRepository;
  readonly audit: AuditRepository;
  /**
   * The same repositories, for one change: the entry is written with it, and not where nothing is changed. No change is
   * without its entry, whatever breaks in between.
   */
  audited(
    tenant: Tenant,
    entry: AuditEntry,
  ): Pick<Store, 'keys' | 'surfaces' | 'campaigns' | 'suppressions' | 'webhooks'>;
  /** Grows with every change to keys, surfaces, campaigns and webhooks; readers that cache them poll it. */
  configRevision(): Promise<number>;
  /**
   * Deletes ledger entries, endings and feedback of executions accepted before `ledger`, then executions accepted before
   * `executions` (milliseconds since the epoch, by the time in the executionId), dead letters and deliveries of webhooks of
   * before `ledger`, counts of windows
   * that began before `caps`, and marks of erasures that were to stay until before `erasures`; some at a time. True:
   * there may be more.
   */
  prune(before: {
    readonly ledger: number;
    readonly executions: number;
    readonly caps: number;
    readonly erasures: number;
  }): Promise<boolean>;
  /** Resolves with the reason when the store can no longer work at all; the process must end then. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}
