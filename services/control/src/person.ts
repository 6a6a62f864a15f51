import {
  destinationOf,
  destinationOfCall,
  destinationOfIdentity,
  pushDestination,
  pushInfoSchema,
  type Channel,
  type Destination,
  type Lane,
  type Recipient,
} from '@herald/contracts';
import { mergeAttributes, nestAttributes, readAttribute, type Attributes } from '@herald/templates';

/** What the profile stage would make of a recipient. */
export interface Person {
  /** Of the profile, with the call's on top. */
  readonly attributes: Attributes;
  readonly destination?: Destination;
  /** Where the destination comes from. */
  readonly address: 'call' | 'profile' | 'identity' | 'none';
  /** The attribute by which the profile refuses messages of this lane and channel. */
  readonly refusedBy?: string;
}

/** Profile and call together; `stored` is absent for a recipient without a profile, who has no address but the call's. */
export function personOf(channel: Channel, lane: Lane, recipient: Recipient, stored?: Attributes): Person {
  const attributes = mergeAttributes(stored ?? {}, nestAttributes(recipient.profile ?? {}));
  const { namespace, userId: value } = recipient;
  const consent = `consents.${lane}.${channel}.val`;
  const refuses = recipient.type === 'aep' && readAttribute(attributes, consent) === 'n';
  const known = { attributes, ...(refuses ? { refusedBy: consent } : {}) };
  const ofCall = destinationOfCall(channel, recipient);
  if (ofCall !== undefined) return { ...known, destination: ofCall, address: 'call' };
  const ofProfile = recipient.type === 'aep' ? PROFILE_DESTINATIONS[channel](attributes) : undefined;
  if (ofProfile !== undefined) return { ...known, destination: ofProfile, address: 'profile' };
  const ofIdentity = destinationOfIdentity(channel, { namespace, value });
  if (ofIdentity !== undefined) return { ...known, destination: ofIdentity, address: 'identity' };
  return { ...known, address: 'none' };
}

/** Where XDM keeps each channel's address. */
const PROFILE_DESTINATIONS: Record<Channel, (attributes: Attributes) => Destination | undefined> = {
  email: (attributes) => destinationOf('email', readAttribute(attributes, 'personalEmail.address')),
  sms: (attributes) => destinationOf('sms', readAttribute(attributes, 'mobilePhone.number')),
  push: newestSubscription,
};

/** Devices are added at the end: the last one that still takes pushes is the one in use. */
function newestSubscription({ pushNotificationDetails: devices }: Attributes): Destination | undefined {
  if (!Array.isArray(devices)) return undefined;
  for (const device of devices.toReversed()) {
    const parsed = pushInfoSchema.safeParse(device);
    const listed =
      typeof device === 'object' && device !== null && 'denylisted' in device && device['denylisted'] === true;
    const destination = parsed.success && !listed ? pushDestination(parsed.data) : undefined;
    if (destination !== undefined) return destination;
  }
  return undefined;
}
