import { pushInfoSchema } from './address.ts';
import { destinationOf, destinationOfIdentity, pushDestination, type Destination } from './destination.ts';
import type { IdentityName } from './identity.ts';
import { CHANNELS, type Channel } from './words.ts';
import { z } from 'zod';

type Attributes = Readonly<Record<string, unknown>>;

/**
 * Where a profile's attributes, nested, say that a channel reaches the person: `personalEmail.address`,
 * `mobilePhone.number`, or the newest of `pushNotificationDetails` that still takes pushes.
 */
export const destinationOfProfile = (channel: Channel, attributes: Attributes): Destination | undefined =>
  channel === 'push'
    ? devicesOf(attributes).findLast(({ denylisted }) => !denylisted)?.destination
    : destinationOf(channel, textAt(attributes, FIELDS[channel]));

/** The same attributes without the devices that have an endpoint; the same object where there are none. */
export function withoutDevice<A extends Attributes>(attributes: A, endpoint: string): A {
  const { pushNotificationDetails: devices } = attributes;
  if (!Array.isArray(devices)) return attributes;
  const left = devices.filter((device: unknown) => {
    const parsed = deviceSchema.safeParse(device);
    return !parsed.success || pushDestination(parsed.data)?.address !== endpoint;
  });
  return left.length === devices.length ? attributes : { ...attributes, pushNotificationDetails: left };
}

/** Every address that a person has, by attributes and identities; each once. */
export function addressesOfPerson(
  attributes: Attributes,
  identities: readonly IdentityName[],
): { readonly channel: Channel; readonly address: string }[] {
  const found = CHANNELS.flatMap((channel) => {
    const own =
      channel === 'push'
        ? devicesOf(attributes).map(({ destination }) => destination)
        : [destinationOfProfile(channel, attributes)];
    const all = [...own, ...identities.map((name) => destinationOfIdentity(channel, name))];
    return all.flatMap((destination) => (destination === undefined ? [] : [{ channel, address: destination.address }]));
  });
  return [...new Map(found.map((one) => [`${one.channel} ${one.address}`, one])).values()];
}

/** Where XDM keeps the addresses of a channel. */
const FIELDS = { email: ['personalEmail', 'address'], sms: ['mobilePhone', 'number'] } as const;

const deviceSchema = pushInfoSchema.extend({ denylisted: z.boolean().optional() });

/** Devices in the order in which they were added: the last one is the newest. */
function devicesOf({ pushNotificationDetails: devices }: Attributes): {
  readonly destination: Destination;
  readonly denylisted: boolean;
}[] {
  if (!Array.isArray(devices)) return [];
  return devices.flatMap((device: unknown) => {
    const parsed = deviceSchema.safeParse(device);
    const destination = parsed.success ? pushDestination(parsed.data) : undefined;
    return destination === undefined ? [] : [{ destination, denylisted: parsed.data?.denylisted === true }];
  });
}

function textAt(attributes: Attributes, [outer, inner]: readonly [string, string]): string | undefined {
  const node: unknown = Object.hasOwn(attributes, outer) ? attributes[outer] : undefined;
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, inner)) return undefined;
  const value: unknown = Object.entries(node).find(([name]) => name === inner)?.[1];
  return typeof value === 'string' ? value : undefined;
}
