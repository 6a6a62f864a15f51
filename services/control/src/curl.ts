import {
  API,
  CHANNEL_DATA_FIELDS,
  channelOfNamespace,
  type Channel,
  type SampleCall,
  type Tenant,
} from '@herald/contracts';
import { refuse, reply, type ApiBuilder } from '@herald/service-kit';
import type { CampaignVersion } from '@herald/store';
import { compileContent } from '@herald/templates';
import type { Request } from 'express';
import { placeholders, type Placeholder } from './placeholders.ts';
import { missing, tenantOf, type ControlDeps } from './rest.ts';

/** What replaces each channel's address in the generated call. */
const SAMPLE_ADDRESSES = {
  email: 'recipient@example.com',
  sms: '+15550100000',
  push: { platform: 'web', token: 'PUSH_SUBSCRIPTION_AS_JSON' },
} as const satisfies Record<Channel, unknown>;

export function routeCurl(api: ApiBuilder, { catalog, config, runtime }: ControlDeps): void {
  api.handle(API.generateCall, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await catalog.refreshCampaign(tenant, call.params.id);
    if (campaign === undefined) return missing('campaign');
    const { head, version } = campaign;
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
    return call.request.accepts(['text/plain', 'application/json']) === 'application/json'
      ? reply(200, sample, headers)
      : { ...reply(200, `${sample.curl}\n`, headers), type: 'text/plain; charset=utf-8' };
  });
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
  const endpoint = `${base}/ajo/im/executions/unitary`;
  const headers = {
    Authorization: 'Bearer $HERALD_KEY',
    'Content-Type': 'application/json',
    'x-gw-ims-org-id': tenant.org,
    'x-sandbox-name': tenant.sandbox,
  };
  const body = { requestId, campaignId, recipients: [sampleRecipient(channel, version)] };
  return { endpoint, method: 'POST', headers, body, curl: command(endpoint, headers, body) };
}

/** One recipient with a placeholder for every value that the content uses and this call has to bring. */
function sampleRecipient(channel: Channel, { content }: CampaignVersion): Record<string, unknown> {
  const compiled = compileContent(channel, content.content, { fragments: content.fragments });
  const values = placeholders(compiled.ok ? compiled.template.attributes : []);
  const { namespace, createProfiles } = content;
  const addresses = channelOfNamespace(namespace);
  const given = (name: string): Record<string, Placeholder> => {
    const value = values[name];
    return value === undefined ? {} : { [name]: value };
  };
  return {
    type: createProfiles ? 'aep' : 'external',
    userId: addresses === undefined ? 'USER_ID' : SAMPLE_ADDRESSES[addresses],
    namespace,
    ...(addresses === channel ? {} : { channelData: { [CHANNEL_DATA_FIELDS[channel]]: SAMPLE_ADDRESSES[channel] } }),
    // Without a profile its values come with the call.
    ...(createProfiles ? {} : given('profile')),
    ...given('context'),
  };
}

function command(endpoint: string, { Authorization, ...headers }: Record<string, string>, body: unknown): string {
  return [
    `curl -X POST ${quoted(endpoint)}`,
    // The only part in double quotes: the shell puts the key in.
    `-H "Authorization: ${Authorization ?? ''}"`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(JSON.stringify(body, undefined, 2))}`,
  ].join(' \\\n  ');
}

/** In single quotes a shell leaves everything as it is but the single quote itself. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
