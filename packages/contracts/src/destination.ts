import { addressSchemaOf, parsePushToken, type PushInfo, type PushSubscription } from './address.ts';
import { channelOfNamespace, type IdentityName } from './identity.ts';
import type { Recipient } from './recipient.ts';
import type { Channel } from './words.ts';

/** Where one message goes. */
export interface Destination {
  readonly address: string;
  /** With the address of a push: what its content is encrypted for. */
  readonly pushKeys?: PushSubscription['keys'];
}

/** Where each channel's own address stands in `channelData`. */
export const CHANNEL_DATA_FIELDS: Record<Channel, keyof NonNullable<Recipient['channelData']>> = {
  email: 'emailAddress',
  sms: 'mobilePhoneNumber',
  push: 'pushInfo',
};

/** What a call says about where to send; undefined when it says nothing about this channel. */
export function destinationOfCall(channel: Channel, recipient: Recipient): Destination | undefined {
  const { channelData } = recipient;
  if (channel === 'push') return channelData?.pushInfo && pushDestination(channelData.pushInfo);
  return destinationOf(channel, channel === 'email' ? channelData?.emailAddress : channelData?.mobilePhoneNumber);
}

/** The identity itself, where its namespace says that it is an address of this channel. */
export function destinationOfIdentity(channel: Channel, { namespace, value }: IdentityName): Destination | undefined {
  return channelOfNamespace(namespace) === channel ? destinationOf(channel, value.trim()) : undefined;
}

/** A device that Herald can push to; undefined for other platforms, and for what is no subscription. */
export function pushDestination({ platform, token }: Pick<PushInfo, 'platform' | 'token'>): Destination | undefined {
  const subscription = platform === 'web' ? parsePushToken(token) : undefined;
  return subscription && { address: subscription.endpoint, pushKeys: subscription.keys };
}

/** An address from anywhere, if it is one of this channel. */
export function destinationOf(channel: Channel, address: unknown): Destination | undefined {
  const parsed = addressSchemaOf(channel).safeParse(address);
  return parsed.success ? { address: parsed.data } : undefined;
}
