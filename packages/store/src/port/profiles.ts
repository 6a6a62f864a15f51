import type { Channel, IdentityName, Tenant } from '@herald/contracts';
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
export interface Creation {
  readonly id: string;
  readonly at: string;
}
export interface ProfileInput {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Further names of the same person: added to those that the profile has, and none is ever taken away. */
  readonly identities?: readonly IdentityName[];
  /** The HMACs of the person's identities: an erasure of them is over once this is written. */
  readonly returning?: readonly string[];
}
export interface ProfilePutRequest {
  readonly identity: Identity;
  readonly input: ProfileInput;
  readonly create: Creation;
}
export interface ProfileChange extends Partial<ProfileInput> {
  /** Devices with this endpoint are taken off the profile. */
  readonly withoutDevice?: string;
  /** The most that the attributes may grow to, in characters of JSON. */
  readonly limit: number;
}
/** What `put` made of it. `conflict`: that identity belongs to another profile; the attributes are as they were. */
export type ProfilePut =
  | { readonly kind: 'written'; readonly profile: Profile }
  | { readonly kind: 'conflict'; readonly identity: IdentityName };

export interface ResolveRequest extends Identity {
  /** The profile to create when there is none; absent: do not create. */
  readonly create?: Creation;
  /** Asked where there is no profile: whether the person was erased. Absent: nobody was. */
  readonly erasure?: ErasureQuestion;
}
export type Resolved =
  | { readonly kind: 'found' | 'created'; readonly profile: Profile }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'erased' };

/** Whether a message goes to somebody who was erased. */
export interface ErasureQuestion {
  /** HMACs of the recipient's identity and address. */
  readonly marks: readonly string[];
  /** When the message was accepted, milliseconds since the epoch. */
  readonly acceptedAt: number;
}
export interface Erasure {
  readonly identity: Identity;
  /** HMACs of all identities: nothing is sent to them, and no profile created, until one of them is put again. */
  readonly identities: readonly string[];
  /** Where the person is sent to: nothing that was accepted before `at` goes there. */
  readonly addresses: readonly { readonly channel: Channel; readonly address: string; readonly hash: string }[];
  /** The windows in which messages to the addresses may have been counted. */
  readonly windows: readonly number[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When the marks may be pruned, milliseconds since the epoch. */
  readonly until: number;
}
export interface Erased {
  /** As it was; absent: there was none. */
  readonly profile?: Profile;
  /** Executions that were found by one of the identities. */
  readonly searchEntries: number;
  /** Records of counts of messages to the addresses. */
  readonly counters: number;
  /** Entries of the suppression list that hold a hash now in place of the address. */
  readonly suppressions: number;
}

export interface ProfileRepository {
  /**
   * A created profile holds its identity only, in the dataset *AJO Interactive Messaging Profile Dataset*. Concurrent
   * creations of one identity make one profile, and an existing profile is never touched.
   */
  resolve(requests: readonly ResolveRequest[]): Promise<Resolved[]>;
  /** Whether each identity has a profile. */
  known(identities: readonly Identity[]): Promise<boolean[]>;
  /** Creates the profile of an identity, or replaces its attributes. */
  put(identity: Identity, input: ProfileInput, create: Creation): Promise<ProfilePut>;
  /** The same as `put` of each, in this order where they are about the same person. */
  putMany(requests: readonly ProfilePutRequest[]): Promise<ProfilePut[]>;
  /**
   * Merges attributes into those of a profile (RFC 7396), so that changes made at once do not undo each other.
   * `too-large`: nothing was changed.
   */
  change(
    identity: Identity,
    change: ProfileChange,
  ): Promise<ProfilePut | { readonly kind: 'missing' } | { readonly kind: 'too-large' }>;
  find(identity: Identity): Promise<Profile | undefined>;
  /** Created by calls only (`dataset`), or all; oldest first. */
  list(tenant: Tenant, page: PageRequest & { readonly dataset?: string }): Promise<Page<Profile>>;
  count(tenant: Tenant): Promise<{ readonly total: number; readonly created: number }>;
  /**
   * Sets the marks first, then deletes the profile of the identity with all its names, and what leads to the person by
   * the given hashes. May be repeated; a repeat after a crash deletes what the first one left.
   */
  erase(erasure: Erasure): Promise<Erased>;
}

/** The dataset of profiles that a call created (R36). */
export const CREATED_PROFILES_DATASET = 'AJO Interactive Messaging Profile Dataset';
