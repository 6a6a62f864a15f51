import { compileContextSchema, sampleContext } from '@herald/context-schema';
import {
  API,
  CHANNEL_DATA_FIELDS,
  channelOfNamespace,
  SAMPLE_FORMATS,
  type Channel,
  type SampleCall,
  type SampleFormat,
  type Tenant,
} from '@herald/contracts';
import { refuse, reply, type ApiBuilder } from '@herald/service-kit';
import type { CampaignVersion } from '@herald/store';
import { compileContent } from '@herald/templates';
import type { Request } from 'express';
import { placeholders, shout } from './placeholders.ts';
import { programs } from './samples.ts';
import { missing, tenantOf, type ControlDeps } from './rest.ts';

/** What replaces each channel's address in the generated call. */
const SAMPLE_ADDRESSES = {
  email: 'recipient@example.com',
  sms: '+15550100000',
  push: {
    platform: 'web',
    // As JSON, so that replacing a placeholder needs no escaping.
    token: JSON.stringify({ endpoint: 'https://push.example/ENDPOINT', keys: { p256dh: 'P256DH', auth: 'AUTH' } }),
  },
} as const satisfies Record<Channel, unknown>;

export function routeCurl(api: ApiBuilder, { catalog, config, runtime }: ControlDeps): void {
  api.handle(API.generateCall, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await catalog.refreshCampaign(tenant, call.params.id);
    if (campaign === undefined) return missing('campaign');
    const { head, version } = campaign;
    if (head.type === 'scheduled') return refuse('campaign-type', { context: { campaignId: head.id } });
    if (head.state === 'stopped' || head.state === 'archived') {
      const detail = `the campaign is ${head.state}: it takes no calls`;
      return refuse('campaign-state', { detail, context: { campaignId: head.id } });
    }
    if (version === undefined) {
      const detail = 'the campaign has no call yet: activate it first';
      return refuse('campaign-state', { detail, context: { campaignId: head.id } });
    }
    const sample = sampleCall({
      base: config.publicUrl ?? baseOf(call.request),
      tenant,
      campaignId: head.id,
      channel: head.channel,
      version,
      requestId: runtime.newId(),
    });
    const headers = { Vary: 'Accept' };
    const format = call.query.format ?? acceptedFormat(call.request);
    if (format === 'json') return reply(200, sample, headers);
    return { ...reply(200, `${sample[format].trimEnd()}\n`, headers), type: `${TYPES[format]}; charset=utf-8` };
  });
}

const TYPES = {
  curl: 'text/plain',
  javascript: 'text/javascript',
  python: 'text/x-python',
  java: 'text/x-java',
} as const satisfies Record<SampleFormat, string>;

/** What `Accept` prefers; the command where it says nothing, or nothing that there is. */
function acceptedFormat(request: Request): SampleFormat | 'json' {
  const accepted = request.accepts([TYPES.curl, 'application/json', TYPES.javascript, TYPES.python, TYPES.java]);
  if (accepted === 'application/json') return 'json';
  return SAMPLE_FORMATS.find((format) => TYPES[format] === accepted) ?? 'curl';
}

/** The server as the caller reached it. What a header says is used only where it can be nothing but a host. */
function baseOf({ protocol, headers: { host = '' }, socket }: Request): string {
  const reached = `${socket.localAddress ?? '127.0.0.1'}:${socket.localPort ?? 80}`;
  return `${protocol}://${/^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(host) ? host : reached}`;
}

export function sampleCall({
  base,
  tenant,
  campaignId,
  channel,
  version,
  requestId,
}: {
  readonly base: string;
  readonly tenant: Tenant;
  readonly campaignId: string;
  readonly channel: Channel;
  readonly version: CampaignVersion;
  readonly requestId: string;
}): SampleCall {
  const endpoint = `${base}${API.executeUnitary.path}`;
  const headers = {
    Authorization: 'Bearer $HERALD_KEY',
    'Content-Type': 'application/json',
    'x-gw-ims-org-id': tenant.org,
    'x-sandbox-name': tenant.sandbox,
  };
  const body = { requestId, campaignId, recipients: [sampleRecipient(channel, version)] };
  return { endpoint, method: 'POST', headers, body, ...programs({ endpoint, headers, body }) };
}

/** One recipient with a placeholder for every value that the content uses and this call has to bring. */
function sampleRecipient(channel: Channel, { content }: CampaignVersion): Record<string, unknown> {
  const compiled = compileContent(channel, content.content, { fragments: content.fragments });
  const values = placeholders(compiled.ok ? compiled.template.attributes : []);
  const { namespace, createProfiles } = content;
  const addresses = channelOfNamespace(namespace);
  const schema = content.contextSchema === undefined ? undefined : compileContextSchema(content.contextSchema);
  const { context: used } = values;
  const context = schema?.ok === true ? sampleContext(schema.compiled, isObject(used) ? used : {}, shout) : used;
  const { profile } = values;
  return {
    type: createProfiles ? 'aep' : 'external',
    userId: addresses === undefined ? 'USER_ID' : SAMPLE_ADDRESSES[addresses],
    namespace,
    ...(addresses === channel ? {} : { channelData: { [CHANNEL_DATA_FIELDS[channel]]: SAMPLE_ADDRESSES[channel] } }),
    // Without a profile its values come with the call.
    ...(createProfiles || profile === undefined ? {} : { profile }),
    ...(context === undefined || isEmpty(context) ? {} : { context }),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (context: unknown): boolean => isObject(context) && Object.keys(context).length === 0;
