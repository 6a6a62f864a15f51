import type { Channel, SuppressionKind, SuppressionSource, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';
import type { ErasureQuestion } from './profiles.ts';

export interface Suppression {
  readonly channel: Channel;
  /** An address, or what stands for several (`SuppressionKind`). Compared trimmed, and on email in lower case. */
  readonly address: string;
  readonly reason: string;
  /** Absent: somebody put it there. */
  readonly source?: SuppressionSource;
  readonly createdAt: string;
}
/** What is asked before a message is sent. */
export interface ObstacleQuestion extends Tenant {
  readonly channel: Channel;
  readonly address: string;
  /** The address's HMAC, by which entries of erased people are found. */
  readonly hash?: string;
  readonly erasure?: ErasureQuestion;
}
/** Why a message may not be sent: an entry of the list, or an erasure. */
export type Obstacle = { readonly kind: 'erased' } | { readonly kind: 'suppressed'; readonly by: SuppressionKind };

/** A part of the list. */
export interface SuppressionList {
  readonly channel: Channel;
  readonly kind: SuppressionKind;
}

export interface SuppressionRepository {
  /** Acts on the next check. Adding an address again keeps the first entry. */
  add(tenant: Tenant, suppression: Suppression): Promise<void>;
  addMany(tenant: Tenant, suppressions: readonly Suppression[]): Promise<void>;
  /** The entry itself, as it was added; not those that stand for it. */
  get(tenant: Tenant, channel: Channel, address: string): Promise<Suppression | undefined>;
  remove(tenant: Tenant, channel: Channel, address: string): Promise<boolean>;
  /** What is in the way of each message, in one read for all of them. */
  check(questions: readonly ObstacleQuestion[]): Promise<(Obstacle | undefined)[]>;
  /** Newest first: all, or those of one channel that cover one kind of thing. */
  list(tenant: Tenant, page: PageRequest & { readonly of?: SuppressionList }): Promise<Page<Suppression>>;
}
