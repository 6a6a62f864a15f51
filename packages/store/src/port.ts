import type {
  CampaignContent,
  CampaignState,
  Channel,
  DeadLetter,
  FinalState,
  Guarantee,
  IdentityName,
  Key,
  Lane,
  MessageBase,
  Position,
  Surface,
  Tenant,
} from '@herald/contracts';

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

/**
 * A page of a listing: pass `next` back as `cursor`; absent at the end. Cursors are opaque, and go on working while
 * things are added or removed. A cursor that did not come from here is refused with `RangeError('cursor')`, a limit below
 * 1 with `RangeError('limit')`: both are a caller's input.
 */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

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

/** `conflict`: the thing has another revision by now. */
export type Written<T> =
  { readonly kind: 'written'; readonly value: T } | { readonly kind: 'conflict' } | { readonly kind: 'missing' };

export interface SurfaceRepository {
  insert(tenant: Tenant, surface: Surface): Promise<void>;
  get(tenant: Tenant, id: string): Promise<Surface | undefined>;
  /** Newest first. */
  list(tenant: Tenant, page: PageRequest): Promise<Page<Surface>>;
  /** Replaces the surface if its stored revision is `surface.revision - 1`. */
  replace(tenant: Tenant, surface: Surface): Promise<Written<Surface>>;
}

/** What does not change from version to version, and where the campaign stands. */
export interface CampaignHead {
  readonly id: string;
  readonly channel: Channel;
  readonly category: Lane;
  readonly state: Exclude<CampaignState, 'completed'>;
  /** The newest version. */
  readonly version: number;
  readonly liveVersion?: number;
  readonly revision: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly activatedAt?: string;
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

/** One accepted call. The 202 body follows from it, so a repeat is answered with the same one. */
export interface ExecutionRecord extends Tenant {
  readonly executionId: string;
  readonly campaignId: string;
  readonly campaignVersion: number;
  readonly requestId: string;
  readonly keyId: string;
  readonly channel: Channel;
  readonly lane: Lane;
  readonly guarantee: Guarantee;
  /** HMAC of the canonical request body. */
  readonly bodyHash: string;
  /** HMACs of the accepted recipients' identities, by their place in the call. */
  readonly recipients: readonly string[];
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly deadline: number;
}
export interface StoredExecution extends ExecutionRecord {
  /** Its messages are on the bus: inserted by `confirm`. */
  readonly confirmed: boolean;
  readonly cancelled?: Cancellation;
}
/** Somebody wants what is left of an execution not to be sent. */
export interface Cancellation {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The id of the key. */
  readonly by: string;
}
export interface ExecutionFilter {
  readonly campaignId?: string;
  readonly requestId?: string;
  /** The HMAC of a recipient's identity. */
  readonly recipient?: string;
}
export interface SweepMark {
  readonly deadline: number;
  readonly executionId: string;
}
export interface ExecutionRepository {
  /** Unique by (org, sandbox, campaignId, requestId); the loser is given what is stored. Also inside one batch. */
  insert(
    records: readonly ExecutionRecord[],
  ): Promise<({ readonly inserted: true } | { readonly inserted: false; readonly stored: StoredExecution })[]>;
  /** Marks executions whose messages are published. Idempotent. */
  confirm(executionIds: readonly string[]): Promise<void>;
  findByRequest(tenant: Tenant, campaignId: string, requestId: string): Promise<StoredExecution | undefined>;
  get(tenant: Tenant, executionId: string): Promise<StoredExecution | undefined>;
  /** Newest first, confirmed or not. */
  list(tenant: Tenant, page: PageRequest & ExecutionFilter): Promise<Page<StoredExecution>>;
  /** Marks an execution as cancelled; the first mark stays. The caller has seen to it that it exists. */
  cancel(executionId: string, cancellation: Cancellation): Promise<void>;
  /** Which of them are cancelled. */
  cancelled(executionIds: readonly string[]): Promise<boolean[]>;
  /** Of every tenant, by (deadline, executionId) after `after`, with a deadline before `before`. */
  overdue(query: {
    readonly after?: SweepMark;
    readonly before: number;
    readonly limit: number;
  }): Promise<StoredExecution[]>;
  /** How far the sweeper came, in the order of `overdue`; undefined before its first mark. */
  sweptTo(): Promise<SweepMark | undefined>;
  markSwept(mark: SweepMark): Promise<void>;
}

/** What the final entry of a round says. */
export interface Ending {
  readonly state: FinalState;
  readonly reason: string;
  /** A coded description: a provider's reply code, the name of an attribute. Never content, never an address. */
  readonly detail?: string;
}

interface EntryBase {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
/** Whoever inserts it may call the provider, or end the message; nobody else. */
export interface ClaimEntry extends EntryBase, Tenant {
  readonly executionId: string;
  readonly stage: string;
  /** Where the input of this attempt lies. Absent: the sweeper claims without one. */
  readonly input?: Position;
  /** Milliseconds since the epoch, per step passed before the claim. */
  readonly times: MessageBase['times'];
  readonly plan:
    | { readonly kind: 'call'; readonly provider: string; readonly leaseUntil: number }
    | { readonly kind: 'end'; readonly ending: Ending };
}
export interface ResultEntry extends EntryBase {
  readonly outcome:
    | { readonly kind: 'retry'; readonly notBefore: number; readonly reason: string; readonly detail?: string }
    | ({ readonly kind: 'final' } & Ending);
  readonly provider?: string;
  readonly providerMessageId?: string;
}
/** After a claim's lease ended without a result: whoever inserts number `k` holds the claim for a lease of its own. */
export interface TakeoverEntry extends EntryBase {
  readonly k: number;
  readonly leaseUntil: number;
}
export interface AttemptKey {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
}
/** All that the ledger has of one attempt. */
export interface AttemptRecord {
  readonly claim: ClaimEntry;
  readonly takeovers: readonly TakeoverEntry[];
  readonly result?: ResultEntry;
}
/** Insert-only: every entry has a unique id, the first one wins, and nothing is updated. */
export interface LedgerRepository {
  /** True: inserted by this call. Unique by (messageId, round, attempt), also inside one batch. */
  claim(entries: readonly ClaimEntry[]): Promise<boolean[]>;
  /** True: inserted by this call. Unique by attempt; attempts without a claim are the caller's bug. */
  settle(entries: readonly ResultEntry[]): Promise<boolean[]>;
  /** True: inserted by this call. Unique by (attempt, k). */
  takeOver(entries: readonly TakeoverEntry[]): Promise<boolean[]>;
  /** What is stored of each attempt; undefined when it was never claimed. */
  attempts(keys: readonly AttemptKey[]): Promise<(AttemptRecord | undefined)[]>;
  /** All attempts of each message, by round and attempt. */
  messages(messageIds: readonly string[]): Promise<AttemptRecord[][]>;
}

/** A count of messages of one kind in one window of time. */
export interface CapRequest extends Tenant {
  /** What is counted: an HMAC, never an address. */
  readonly key: string;
  /** When the window began, milliseconds since the epoch. */
  readonly window: number;
  /** How many the window takes. */
  readonly limit: number;
}

export interface CapRepository {
  /**
   * Counts each request in its window; true while the window is not full. What is refused is not counted. Under any
   * concurrency no window takes more than its limit; it may take less after an outage.
   */
  take(requests: readonly CapRequest[]): Promise<boolean[]>;
}

export interface DeadLetterRepository {
  /** Idempotent by id. */
  insert(letters: readonly DeadLetter[]): Promise<void>;
  /** Newest first. Letters without a tenant (unreadable records) are listed with `tenant` undefined. */
  list(tenant: Tenant | undefined, page: PageRequest): Promise<Page<DeadLetter>>;
  get(tenant: Tenant | undefined, id: string): Promise<DeadLetter | undefined>;
}

/** The dataset of profiles that a call created (R36). */
export const CREATED_PROFILES_DATASET = 'AJO Interactive Messaging Profile Dataset';
