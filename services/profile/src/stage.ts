import {
  destinationOf,
  destinationOfCall,
  destinationOfIdentity,
  pushDestination,
  pushInfoSchema,
  type Channel,
  type Destination,
  type EventBody,
} from '@herald/contracts';
import { gather, type Message, type Outcome, type Pipeline, type Stage } from '@herald/pipeline';
import type { Catalog } from '@herald/service-kit';
import type { ResolveRequest, Resolved } from '@herald/store';
import { mergeAttributes, nestAttributes, readAttribute, type Attributes } from '@herald/templates';
import { z } from 'zod';

type Requested = Message<'execution.requested.v1'>;
type Resolution = Outcome<'message.resolved.v1'>;

/** Identities become profiles, a batch at a time; unknown ones are created where the campaign says so. */
export function createProfileStage(
  { store, patience }: Pipeline,
  catalog: Catalog,
): Stage<'execution.requested.v1', 'message.resolved.v1'> {
  const resolve = gather(
    (requests: readonly ResolveRequest[]) => patience.persist(() => store.profiles.resolve(requests)),
    { maxItems: 500 },
  );

  return (batch, ctx) =>
    batch.map(async (message): Promise<Resolution> => {
      const { meta, body } = message;
      const version =
        catalog.peekVersion(meta, body.campaignId, body.campaignVersion) ??
        (await patience.persist(() => catalog.version(meta, body.campaignId, body.campaignVersion)));
      if (version === undefined) return { kind: 'dead', reason: 'campaign-missing', detail: body.campaignId };
      const { namespace, userId } = body.recipient;
      const now = ctx.runtime.clock.now();
      const resolved = await resolve({
        org: meta.org,
        sandbox: meta.sandbox,
        namespace,
        value: userId,
        ...(version.content.createProfiles
          ? { create: { id: ctx.runtime.newId(), at: new Date(now).toISOString() } }
          : {}),
      });
      return outcomeOf(message, resolved, now);
    });
}

function outcomeOf(message: Requested, resolved: Resolved, now: number): Resolution {
  if (resolved.kind === 'unknown') return excluded('unknown-profile');
  const { recipient, ...base } = message.body;
  const attributes = mergeAttributes(
    resolved.profile.attributes as Attributes,
    nestAttributes(recipient.profile ?? {}),
  );
  const marketing = base.lane === 'marketing';
  if (marketing && readAttribute(attributes, `consents.marketing.${base.channel}.val`) === 'n') {
    return excluded('no-consent');
  }
  const destination = destinationFor(base.channel, recipient, attributes);
  if (destination === undefined) return excluded('no-address');
  return {
    kind: 'forward',
    body: {
      ...base,
      times: { ...base.times, resolved: now },
      ...destination,
      profile: attributes,
      context: recipient.context ?? {},
    },
  };
}

/** The call's own address, else the profile's, else the identity itself where it is an address. */
function destinationFor(
  channel: Channel,
  recipient: EventBody<'execution.requested.v1'>['recipient'],
  attributes: Attributes,
): Destination | undefined {
  const { namespace, userId } = recipient;
  return (
    destinationOfCall(channel, recipient) ??
    PROFILE_DESTINATIONS[channel](attributes) ??
    destinationOfIdentity(channel, { namespace, value: userId })
  );
}

/** Where XDM keeps each channel's address. */
const PROFILE_DESTINATIONS: Record<Channel, (attributes: Attributes) => Destination | undefined> = {
  email: (attributes) => destinationOf('email', readAttribute(attributes, 'personalEmail.address')),
  sms: (attributes) => destinationOf('sms', readAttribute(attributes, 'mobilePhone.number')),
  push: newestSubscription,
};

const deviceSchema = pushInfoSchema.extend({ denylisted: z.boolean().optional() });

/** Devices are added at the end: the last one that still takes pushes is the one in use. */
function newestSubscription({ pushNotificationDetails: devices }: Attributes): Destination | undefined {
  if (!Array.isArray(devices)) return undefined;
  for (const device of devices.toReversed()) {
    const parsed = deviceSchema.safeParse(device);
    const destination = parsed.success && parsed.data.denylisted !== true ? pushDestination(parsed.data) : undefined;
    if (destination !== undefined) return destination;
  }
  return undefined;
}

const excluded = (reason: string): Resolution => ({ kind: 'end', ending: { state: 'excluded', reason } });
