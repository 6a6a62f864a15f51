import type { BounceType, Channel, FeedbackKind, Tenant } from '@herald/contracts';

/** What a provider said of a message after it took it: evidence beside the message's state. */
export interface FeedbackRecord extends Tenant {
  /** Unique in its sandbox. */
  readonly id: string;
  readonly messageId: string;
  readonly channel: Channel;
  readonly kind: FeedbackKind;
  readonly provider: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason?: string;
  readonly bounce?: BounceType;
  /** A reply code. Never content, never an address. */
  readonly detail?: string;
  /** HMAC of the address that the message was sent to; absent: it is not known any more. */
  readonly to?: string;
}
/** A provider's own id of a message. */
export interface ProviderMessage {
  readonly provider: string;
  readonly providerMessageId: string;
}
export interface FeedbackRepository {
  /** True: inserted by this call. Unique by (org, sandbox, id), also inside one batch; the first one stays. */
  insert(records: readonly FeedbackRecord[]): Promise<boolean[]>;
  /** All of each message, by time. */
  ofMessages(tenant: Tenant, messageIds: readonly string[]): Promise<FeedbackRecord[][]>;
  /** What was said of messages to one address at `since` or later, by time: the newest 1,000. `to`: its HMAC. */
  ofAddress(tenant: Tenant, channel: Channel, to: string, since: number): Promise<FeedbackRecord[]>;
  /** Remembers which message a provider speaks of. Idempotent; the first one stays. */
  name(entries: readonly (ProviderMessage & { readonly messageId: string })[]): Promise<void>;
  /** The message of each; undefined: nobody named it. */
  named(names: readonly ProviderMessage[]): Promise<(string | undefined)[]>;
}
