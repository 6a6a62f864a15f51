import {
  API,
  type AjoChannelsData,
  type AjoPreview,
  type AjoProofJob,
  type AjoProofRequest,
  type Channel,
  type ExecutionView,
  type MessageView,
  type Preview,
  type ProofAddress,
  type Recipient,
} from '@herald/contracts';
import { invalid, reply, type ApiBuilder, type Refusal } from '@herald/service-kit';
import { viewAll } from '../history.ts';
import { previewOf } from '../preview.ts';
import { destinationsOf, sendProofs, type ProofOf } from '../proofs.ts';
import { missing, tenantOf, type ControlDeps } from '../rest.ts';
import { checkedRecipients, targetOf } from '../sample.ts';

/** What one job sends at most. */
const MOST_PROOFS = 100;

/** Proofs and previews in AJO's shapes: what `/v1/campaigns/{id}/proofs` and `/preview` do. */
export function routeAjoSimulations(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime } = deps;
  const linkOf = (campaignId: string, job: string): string => `/ajo/simulations/campaigns/${campaignId}/proofs/${job}`;

  api.handle(API.ajoCreateProofs, async (call) => {
    const tenant = tenantOf(call);
    const { campaignId } = call.params;
    const target = await targetOf(store, tenant, campaignId);
    if ('problem' in target) return target;
    const proofs = proofsOf(target.head.channel, call.body.recipients);
    if ('problem' in proofs) return proofs;
    const sent = await sendProofs(deps, { ...tenant, keyId: call.caller.keyId }, target, proofs);
    if ('problem' in sent) return sent;
    const targeted = sent.messages.length;
    return reply(200, {
      proofJobId: sent.executionId,
      status: 'CREATED',
      proofs: [
        {
          messageId: campaignId,
          variantId: variantOf(sent.campaignVersion),
          startDate: sent.createdAt,
          targeted,
          submitted: 0,
          status: 'CREATED',
          proofFailureReasons: [],
        },
      ],
      _links: { self: { href: linkOf(campaignId, sent.executionId) } },
    });
  });

  api.handle(API.ajoGetProofs, async (call) => {
    const { campaignId, proofJobId } = call.params;
    const execution = await store.executions.get(tenantOf(call), proofJobId);
    if (execution?.proof !== true || execution.campaignId !== campaignId) return missing('proof job');
    const [view] = await viewAll(store, [execution]);
    if (view === undefined) return missing('proof job');
    return reply(200, { ...jobOf(view), _links: { self: { href: linkOf(campaignId, proofJobId) } } });
  });

  api.handle(API.ajoPreview, async (call) => {
    const tenant = tenantOf(call);
    const { campaignId } = call.params;
    const target = await targetOf(store, tenant, campaignId);
    if ('problem' in target) return target;
    const items = call.body.previewRequestItems.map(
      ({ userId, namespace, profileAttributes, contextAttributes }): Recipient => ({
        // Where its attributes are given, the profile is not read.
        type: profileAttributes === undefined ? 'aep' : 'external',
        userId,
        namespace,
        ...(profileAttributes === undefined ? {} : { profile: profileAttributes }),
        ...(contextAttributes === undefined ? {} : { context: contextAttributes }),
      }),
    );
    const names = { list: 'previewRequestItems', context: 'contextAttributes', unique: false };
    const recipients = checkedRecipients(items, names);
    if ('problem' in recipients) return recipients;
    const previews = await previewOf(store, tenant, target, recipients, runtime.clock.now());
    if ('problem' in previews) return previews;
    const { head, version } = target;
    return reply(200, {
      previews: previews.map((one, index) => ({
        profileId: one.decisions.profile.id ?? items[index]?.userId ?? '',
        variantId: variantOf(version.version),
        messageId: campaignId,
        channel: head.channel,
        outcome: one.outcome,
        ...(one.reason === undefined ? {} : { reason: one.reason }),
        ...contentOf(one),
      })),
    });
  });
}

/** There are no variants: the version stands for the only one. */
const variantOf = (version: number): string => `version-${version}`;

function proofsOf(
  channel: Channel,
  recipients: AjoProofRequest['recipients'],
): readonly ProofOf[] | Refusal<'invalid-body' | 'too-large' | 'platform-unsupported'> {
  const people = recipients.map(({ userId, namespace, profile, context }): Recipient => ({
    type: 'aep',
    userId,
    namespace,
    ...(profile === undefined ? {} : { profile }),
    ...(context === undefined ? {} : { context }),
  }));
  const checked = checkedRecipients(people, { list: 'recipients', context: 'context', unique: false });
  if ('problem' in checked) return checked;
  const proofs: ProofOf[] = [];
  let count = 0;
  for (const [index, { channelsData }] of recipients.entries()) {
    for (const [place, data] of channelsData.entries()) {
      const field = `recipients[${index}].channelsData[${place}]`;
      if (data.channel !== channel)
        return invalid({ field: `${field}.channel`, message: `must be that of the campaign: ${channel}` });
      const { name, addresses } = addressesOf(data);
      const destinations = destinationsOf(channel, addresses, `${field}.${name}`);
      if ('problem' in destinations) return destinations;
      count += destinations.length;
      const subjectPrefix = data.channel === 'email' ? (data.subjectPrefix ?? '') : '';
      proofs.push({ recipient: checked[index] as Recipient, destinations, subjectPrefix });
    }
  }
  if (count > MOST_PROOFS)
    return invalid({ field: 'recipients', message: `must be for at most ${MOST_PROOFS} proofs together` });
  return proofs;
}

function addressesOf(data: AjoChannelsData): { readonly name: string; readonly addresses: readonly ProofAddress[] } {
  if (data.channel === 'email') return { name: 'emailAddresses', addresses: data.emailAddresses };
  return data.channel === 'sms'
    ? { name: 'phoneNumbers', addresses: data.phoneNumbers }
    : { name: 'tokens', addresses: data.tokens };
}

const IN_FLIGHT: ReadonlySet<MessageView['state']> = new Set(['accepted', 'sending', 'retrying']);

/** How a job stands, by the ends of its messages. */
function jobOf({
  executionId,
  campaignId,
  campaignVersion,
  createdAt,
  messages,
}: ExecutionView): Omit<AjoProofJob, '_links'> {
  const ended = messages.filter(({ state }) => !IN_FLIGHT.has(state));
  const submitted = ended.filter(({ state }) => state === 'sent').length;
  const failed = ended.filter(({ state }) => state !== 'sent');
  const over = ended.length === messages.length;
  const going = ended.length === 0 && messages.every(({ state }) => state === 'accepted') ? 'CREATED' : 'PROCESSING';
  const reasons = [...new Set(failed.map(({ reason, state }) => reason ?? state))];
  const whole = failed.length === 0 ? 'SUBMITTED' : submitted === 0 ? 'FAILED' : 'PARTIALLY_FAILED';
  return {
    proofJobId: executionId,
    status: over ? whole : going,
    proofs: [
      {
        messageId: campaignId,
        variantId: variantOf(campaignVersion),
        startDate: createdAt,
        targeted: messages.length,
        submitted,
        status: over ? (submitted === 0 ? 'FAILED' : 'SUBMITTED') : going,
        // Whose values a proof shows is kept nowhere: the execution knows addresses by their hashes alone.
        proofFailureReasons: reasons.length === 0 ? [] : [{ profileIds: [], failureReasons: reasons }],
      },
    ],
  };
}

function contentOf({ content }: Preview): Pick<AjoPreview, 'email' | 'sms' | 'push'> {
  if (content === undefined) return {};
  if (content.kind === 'email') return { email: { subject: content.subject, html: { body: content.html } } };
  if (content.kind === 'sms') return { sms: { text: content.text, messageType: 'sms' } };
  const { title, body, image, icon } = content;
  const android = {
    ...(image === undefined ? {} : { media: { uri: image } }),
    ...(icon === undefined ? {} : { iconUri: icon }),
  };
  return {
    push: {
      appNames: [],
      pushType: 'MESSAGE',
      title,
      message: body,
      ...(image === undefined ? {} : { ios: { media: { uri: image } } }),
      ...(Object.keys(android).length === 0 ? {} : { android }),
    },
  };
}
