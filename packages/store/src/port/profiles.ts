import type { IdentityName, Tenant } from '@herald/contracts';
import type { Page, PageRequest } from './paging.ts';

/** As it came; identities are compared as `comparedIdentity` says. */
export interface Identity extends Tenant, IdentityName {}
export interface Profile {
  readonly id: string;
  /** Every name of the person, in the order in which they became known, each as it came. */
  readonly identities: readonly IdentityName[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Absent, or the dataset of profiles that a call created. */
  readonly dataset?: string;
  readonly createdAt: string;
}
/** What `put` made of it. `conflict`: that identity belongs to another profile; the attributes are as they were. */
export type ProfilePut =
  | { readonly kind: 'written'; readonly profile: Profile }
  | { readonly kind: 'conflict'; readonly identity: IdentityName };

export interface ResolveRequest extends Identity {
  /** The id and time of the profile to create when there is none; absent: do not create. */
  readonly create?: { readonly id: string; readonly at: string };
}
export type Resolved = { readonly kind: 'found' | 'created'; readonly profile: Profile } | { readonly kind: 'unknown' };
export interface ProfileRepository {
  /**
   * A created profile holds its identity only, in the dataset *AJO Interactive Messaging Profile Dataset*. Concurrent
   * creations of one identity make one profile, and an existing profile is never touched.
   */
  resolve(requests: readonly ResolveRequest[]): Promise<Resolved[]>;
  /**
   * Creates the profile of an identity, or replaces its attributes. `identities` are further names of the same person:
   * they are added to those that the profile has, and none is ever taken away.
   */
  put(
    identity: Identity,
    input: {
      readonly attributes: Readonly<Record<string, unknown>>;
      readonly identities?: readonly IdentityName[];
    },
    create: { readonly id: string; readonly at: string },
  ): Promise<ProfilePut>;
  find(identity: Identity): Promise<Profile | undefined>;
  /** Created by calls only (`dataset`), or all; oldest first. */
  list(tenant: Tenant, page: PageRequest & { readonly dataset?: string }): Promise<Page<Profile>>;
}

/** The dataset of profiles that a call created (R36). */
export const CREATED_PROFILES_DATASET = 'AJO Interactive Messaging Profile Dataset';
