import {
  destinationOfCall,
  destinationOfIdentity,
  destinationOfProfile,
  type Channel,
  type Destination,
  type EventBody,
} from '@herald/contracts';
import type { Message, Outcome, Pipeline, Stage } from '@herald/pipeline';
import { refusedBy, type Catalog, type Config, type Hasher, type Metrics } from '@herald/service-kit';
import { mergeAttributes, nestAttributes, type Attributes } from '@herald/templates';
import { createResolver, type Resolution } from './resolve.ts';

type Requested = Message<'execution.requested.v1'>;
type Decision = Outcome<'message.resolved.v1'>;

/** Identities become profiles, a batch at a time; unknown ones are created where the campaign says so. */
export function createProfileStage(
  pipeline: Pipeline,
  catalog: Catalog,
  hasher: Hasher,
  { profileCreationCap }: Pick<Config, 'profileCreationCap'>,
  metrics: Pick<Metrics, 'profileCreation'>,
): Stage<'execution.requested.v1', 'message.resolved.v1'> {
  const { patience } = pipeline;
  const resolve = createResolver(pipeline, hasher, profileCreationCap);

  return (batch, ctx) =>
    batch.map(async (message): Promise<Decision> => {
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
        // The message's key is the hash of this identity.
        erasure: { marks: [meta.key], acceptedAt: body.times.accepted },
        ...(version.content.createProfiles
          ? { create: { id: ctx.runtime.newId(), at: new Date(now).toISOString() } }
          : {}),
      });
      if (resolved.kind === 'created') metrics.profileCreation('created');
      if (resolved.kind === 'capped') metrics.profileCreation('held');
      return outcomeOf(message, resolved, now);
    });
}

function outcomeOf(message: Requested, resolved: Resolution, now: number): Decision {
  if (resolved.kind === 'unknown') return excluded('unknown-profile');
  if (resolved.kind === 'erased') return excluded('erased');
  if (resolved.kind === 'capped') return { kind: 'hold', reason: 'profile-creation-cap', until: resolved.until };
  const { recipient, ...base } = message.body;
  const stored = resolved.profile.attributes as Attributes;
  const given = nestAttributes(recipient.profile ?? {});
  const attributes = mergeAttributes(stored, given);
  // A call may say no for a person, but not yes in place of a no.
  const refusal = refusedBy(base.lane, base.channel, stored) ?? refusedBy(base.lane, base.channel, given);
  if (refusal !== undefined) return excluded(base.lane === 'marketing' ? 'no-consent' : 'opted-out', refusal);
  const destination = destinationFor(base.channel, recipient, attributes);
  if (destination === undefined) return excluded('no-address');
  return {
    kind: 'forward',
    body: {
      ...base,
      times: { ...base.times, resolved: now },
      ...destination,
      // So that a subscription that turns out to be gone is taken off the profile.
      ...(base.channel === 'push' ? { identity: { namespace: recipient.namespace, value: recipient.userId } } : {}),
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
    destinationOfProfile(channel, attributes) ??
    destinationOfIdentity(channel, { namespace, value: userId })
  );
}

const excluded = (reason: string, detail?: string): Decision => ({
  kind: 'end',
  ending: { state: 'excluded', reason, ...(detail === undefined ? {} : { detail }) },
});
