import type { CampaignRepository } from './port/campaigns.ts';
import type { CapRepository } from './port/caps.ts';
import type { ContentItemRepository } from './port/content-items.ts';
import type { DeadLetterRepository } from './port/dead-letters.ts';
import type { ExecutionRepository } from './port/executions.ts';
import type { KeyRepository } from './port/keys.ts';
import type { LedgerRepository } from './port/ledger.ts';
import type { ProfileRepository } from './port/profiles.ts';
import type { SuppressionRepository } from './port/suppressions.ts';
import type { SurfaceRepository } from './port/surfaces.ts';

export * from './port/campaigns.ts';
export * from './port/caps.ts';
export * from './port/content-items.ts';
export * from './port/dead-letters.ts';
export * from './port/executions.ts';
export * from './port/keys.ts';
export * from './port/ledger.ts';
export * from './port/paging.ts';
export * from './port/profiles.ts';
export * from './port/suppressions.ts';
export * from './port/surfaces.ts';
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
  readonly profiles: ProfileRepository;
  readonly suppressions: SuppressionRepository;
  readonly executions: ExecutionRepository;
  readonly ledger: LedgerRepository;
  readonly caps: CapRepository;
  readonly deadLetters: DeadLetterRepository;
  readonly contentItems: ContentItemRepository;
  /** Grows with every change to keys, surfaces and campaigns; readers that cache them poll it. */
  configRevision(): Promise<number>;
  /**
   * Deletes ledger entries of executions accepted before `ledger`, then executions accepted before `executions`
   * (milliseconds since the epoch, by the time in the executionId), dead letters of before `ledger`, and counts of
   * windows that began before `caps`; some at a time. True: there may be more.
   */
  prune(before: { readonly ledger: number; readonly executions: number; readonly caps: number }): Promise<boolean>;
  /** Resolves with the reason when the store can no longer work at all; the process must end then. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}
