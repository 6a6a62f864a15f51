import type { CampaignContent, CampaignState, CampaignType, Channel, Lane, Review, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';
import type { Written } from './written.ts';

/** What does not change from version to version, and where the campaign stands. */
export interface CampaignHead {
  readonly id: string;
  /** Absent: `api-triggered`. */
  readonly type?: CampaignType;
  readonly channel: Channel;
  readonly category: Lane;
  readonly state: Exclude<CampaignState, 'review' | 'scheduled' | 'completed'>;
  /** The newest version. Those up to `liveVersion` were all live. */
  readonly version: number;
  readonly liveVersion?: number;
  readonly revision: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly activatedAt?: string;
  readonly resumedAt?: string;
  /** Of a paused one: it paused itself. Absent: somebody did. */
  readonly pausedReason?: 'quarantine';
  readonly reviewRequired?: boolean;
  /** Of the newest version, or of one before it. */
  readonly review?: Review;
  /** The keys that wrote the newest version. */
  readonly authors?: readonly string[];
}
export interface CampaignVersion {
  readonly version: number;
  readonly content: CampaignContent;
}
export interface CampaignRepository {
  insert(tenant: Tenant, head: CampaignHead, version: CampaignVersion): Promise<void>;
  get(tenant: Tenant, id: string): Promise<{ head: CampaignHead; newest: CampaignVersion } | undefined>;
  getVersion(tenant: Tenant, id: string, version: number): Promise<CampaignVersion | undefined>;
  /** Newest first. */
  list(tenant: Tenant, page: PageRequest): Promise<Page<{ head: CampaignHead; newest: CampaignVersion }>>;
  /**
   * Replaces the head if its stored revision is `head.revision - 1`, and with it writes a version where one is given
   * (the draft's content is replaced; a version that was ever live is never written again, the caller sees to it).
   */
  update(tenant: Tenant, head: CampaignHead, version?: CampaignVersion): Promise<Written<CampaignHead>>;
}
