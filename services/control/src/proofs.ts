import {
  API,
  destinationOf,
  encodeMessage,
  LIMITS,
  messageIdOf,
  newExecutionId,
  pushDestination,
  retryMsOf,
  workTopic,
  type Channel,
  type Destination,
  type EventBody,
  type MessageMeta,
  type Proofs,
  type ProofAddress,
  type Recipient,
  type RenderedContent,
  type Tenant,
} from '@herald/contracts';
import type { NewRecord } from '@herald/bus';
import { messageBaseOf } from '@herald/pipeline';
import { invalid, refuse, reply, type ApiBuilder, type Refusal } from '@herald/service-kit';
import type { ExecutionRecord } from '@herald/store';
import { tenantOf, type ControlDeps } from './rest.ts';
import { samplesOf, targetOf, type Target } from './sample.ts';
import { trialOf, tryRecipient, unrenderable, type Tried } from './trial.ts';

export function routeProofs(api: ApiBuilder, deps: ControlDeps): void {
  const { store } = deps;
  api.handle(API.sendProofs, async (call) => {
    const tenant = tenantOf(call);
    const { id } = call.params;
    const { version, addresses, recipient: place, subjectPrefix } = call.body;
    const target = await targetOf(store, tenant, id, version);
    if ('problem' in target) return target;
    const destinations = destinationsOf(target.head.channel, addresses);
    if ('problem' in destinations) return destinations;
    const samples = await samplesOf(store, tenant, id, call.body);
    if ('problem' in samples) return samples;
    const recipient = samples[place];
    if (recipient === undefined) return invalid({ field: 'recipient', message: 'is the place of no recipient' });
    const caller = { ...tenant, keyId: call.caller.keyId };
    const sent = await sendProofs(deps, caller, target, [{ recipient, destinations, subjectPrefix }]);
    return 'problem' in sent ? sent : reply(202, sent);
  });
}

/** A recipient whose values are used, and where what is made of them goes. */
export interface ProofOf {
  readonly recipient: Recipient;
  readonly destinations: readonly Destination[];
  readonly subjectPrefix: string;
}

/**
 * Sends a version to a few addresses, with the values of one recipient or several. It is rendered here and not by the render role,
 * which keeps what it compiled of a version, and would keep a draft; from there on a proof is a message like any other:
 * its execution is stored before it is published, a sender claims it, and its result is in the ledger. Resolves when every
 * proof is on disk; throws `Outage` while the bus or the store cannot serve.
 */
export async function sendProofs(
  { store, bus, hasher, runtime, log }: Pick<ControlDeps, 'store' | 'bus' | 'hasher' | 'runtime' | 'log'>,
  caller: Tenant & { readonly keyId: string },
  target: Target,
  proofs: readonly ProofOf[],
): Promise<Proofs | Refusal<'campaign-state' | 'context-invalid' | 'not-renderable'>> {
  const { org, sandbox } = caller;
  const { head, version } = target;
  const campaign = { context: { campaignId: head.id } };
  if (head.state === 'stopped' || head.state === 'archived') {
    return refuse('campaign-state', { detail: `the campaign is ${head.state}`, ...campaign });
  }
  const trial = trialOf(target);
  if ('problem' in trial) return trial;
  const sends: { readonly tried: Tried; readonly destination: Destination; readonly subjectPrefix: string }[] = [];
  for (const { recipient, destinations, subjectPrefix } of proofs) {
    const tried = await tryRecipient(store, caller, trial, recipient);
    if (tried.invalid !== undefined) {
      const { field: path, message } = tried.invalid;
      const field = path === '' ? 'context' : `context.${path}`.slice(0, 200);
      return refuse('context-invalid', { detail: `${field} ${message}`, context: { field } });
    }
    sends.push(...destinations.map((destination) => ({ tried, destination, subjectPrefix })));
  }

  const now = runtime.clock.now();
  const { title, timeToLive, guarantee, surfaceId } = version.content;
  const retryMs = retryMsOf(version.content, await store.surfaces.get(caller, surfaceId));
  const { channel, category: lane } = head;
  const record: ExecutionRecord = {
    executionId: newExecutionId(runtime.newId()),
    org,
    sandbox,
    campaignId: head.id,
    campaignVersion: version.version,
    requestId: `proof-${runtime.newId()}`,
    keyId: caller.keyId,
    channel,
    lane,
    guarantee,
    // Nobody repeats it: its id is its own.
    bodyHash: hasher.body(''),
    recipients: sends.map(({ destination: { address } }) => hasher.identity(caller, NAMESPACES[channel], address)),
    acceptedAt: now,
    deadline: now + timeToLive * 1_000,
    ...(retryMs === undefined ? {} : { retryMs }),
    proof: true,
  };
  const { executionId, deadline } = record;
  const messages: NewRecord[] = [];
  for (const [index, { tried, destination, subjectPrefix }] of sends.entries()) {
    const { address, pushKeys } = destination;
    const { person, context } = tried;
    const messageId = messageIdOf(executionId, index);
    const system = { executionId, messageId, campaignName: title, time: new Date(now).toISOString() };
    const rendered = trial.template.render({ profile: person.attributes, context, system });
    if (!rendered.ok) return unrenderable(rendered.detail, `ends it as ${rendered.reason}`);
    const meta: MessageMeta = {
      messageId,
      round: 1,
      attempt: 1,
      deadline,
      org,
      sandbox,
      key: record.recipients[index] as string,
      rung: 0,
    };
    const body: EventBody<'message.rendered.v1'> = {
      ...messageBaseOf(record),
      times: { accepted: now, resolved: now, rendered: now },
      address,
      ...(pushKeys === undefined ? {} : { pushKeys }),
      surfaceId,
      content: prefixed(rendered.content, subjectPrefix),
    };
    const encoded = encodeMessage('message.rendered.v1', meta, body);
    if (encoded.value.byteLength > LIMITS.envelopeBytes) return unrenderable('content', 'ends it as too-large');
    messages.push({ topic: workTopic(lane, channel, 'rendered'), ...encoded });
  }
  const [inserted] = await store.executions.insert([record]);
  if (inserted?.inserted !== true) throw new Error('the id of a proof was taken');
  await bus.publish(messages);
  await store.executions.confirm([executionId]);
  log.info({ campaignId: head.id, executionId, proofs: messages.length }, 'proofs accepted');
  return {
    executionId,
    campaignVersion: version.version,
    createdAt: new Date(now).toISOString(),
    messages: sends.map((_, addressIndex) => ({
      messageId: messageIdOf(executionId, addressIndex),
      addressIndex,
    })),
  };
}

/** By which a search for a recipient finds the proofs that went to an address. */
const NAMESPACES: Record<Channel, string> = { email: 'email', sms: 'phone', push: 'push' };

function prefixed(content: RenderedContent, prefix: string): RenderedContent {
  if (content.kind === 'email') return { ...content, subject: `${prefix}${content.subject}` };
  return content.kind === 'push' ? { ...content, title: `${prefix}${content.title}` } : content;
}

/** The addresses in the form of the campaign's channel, each once. */
export function destinationsOf(
  channel: Channel,
  addresses: readonly ProofAddress[],
  list = 'addresses',
): readonly Destination[] | Refusal<'invalid-body' | 'platform-unsupported'> {
  const seen = new Set<string>();
  const destinations: Destination[] = [];
  for (const [index, address] of addresses.entries()) {
    const field = `${list}[${index}]`;
    if (typeof address === 'object' && channel === 'push' && address.platform !== 'web') {
      return refuse('platform-unsupported', { context: { field: `${field}.platform` } });
    }
    const destination =
      typeof address === 'object'
        ? channel === 'push'
          ? pushDestination(address)
          : undefined
        : channel === 'push'
          ? undefined
          : destinationOf(channel, address);
    if (destination === undefined) return invalid({ field, message: `must be ${WANTED[channel]}` });
    if (seen.has(destination.address)) return invalid({ field, message: 'is there already' });
    seen.add(destination.address);
    destinations.push(destination);
  }
  return destinations;
}

const WANTED: Record<Channel, string> = {
  email: 'an email address',
  sms: 'a phone number in E.164',
  push: 'a push subscription, with platform and token',
};
