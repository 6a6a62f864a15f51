import {
  destinationOfCall,
  destinationOfIdentity,
  destinationOfProfile,
  type Channel,
  type Destination,
  type Lane,
  type Recipient,
} from '@herald/contracts';
import { refusedBy } from '@herald/service-kit';
import { mergeAttributes, nestAttributes, type Attributes } from '@herald/templates';

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
export function personOf(channel: Channel, lane: Lane, recipient: Recipient, stored: Attributes = {}): Person {
  const given = nestAttributes(recipient.profile ?? {});
  const attributes = mergeAttributes(stored, given);
  const { namespace, userId: value } = recipient;
  const isAep = recipient.type === 'aep';
  const refusal = isAep ? (refusedBy(lane, channel, stored) ?? refusedBy(lane, channel, given)) : undefined;
  const known = { attributes, ...(refusal === undefined ? {} : { refusedBy: refusal }) };
  const ofCall = destinationOfCall(channel, recipient);
  if (ofCall !== undefined) return { ...known, destination: ofCall, address: 'call' };
  const ofProfile = isAep ? destinationOfProfile(channel, attributes) : undefined;
  if (ofProfile !== undefined) return { ...known, destination: ofProfile, address: 'profile' };
  const ofIdentity = destinationOfIdentity(channel, { namespace, value });
  if (ofIdentity !== undefined) return { ...known, destination: ofIdentity, address: 'identity' };
  return { ...known, address: 'none' };
}
