import { API } from '@herald/contracts';
import { reply, type ApiBuilder } from '@herald/service-kit';
import type { CampaignHead } from '@herald/store';
import { missing, tenantOf, type ControlDeps } from './rest.ts';

/** What a campaign was, and is, version by version. */
export function routeCampaignVersions(api: ApiBuilder, { store }: ControlDeps): void {
  api.handle(API.listCampaignVersions, async (call) => {
    const campaign = await store.campaigns.get(tenantOf(call), call.params.id);
    if (campaign === undefined) return missing('campaign');
    const { head } = campaign;
    const numbers = Array.from({ length: head.version }, (_, index) => head.version - index);
    return reply(200, { items: numbers.map((version) => ({ version, state: stateOf(head, version) })) });
  });

  api.handle(API.getCampaignVersion, async (call) => {
    const tenant = tenantOf(call);
    const { id } = call.params;
    const campaign = await store.campaigns.get(tenant, id);
    if (campaign === undefined) return missing('campaign');
    const number = numberOf(call.params.version);
    const version = number === undefined ? undefined : await store.campaigns.getVersion(tenant, id, number);
    if (version === undefined) return missing('version');
    const state = stateOf(campaign.head, version.version);
    return reply(200, {
      ...version.content,
      tags: version.content.tags ?? [],
      campaignId: id,
      version: version.version,
      state,
    });
  });
}

const numberOf = (text: string): number | undefined => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined);

const stateOf = ({ liveVersion = 0 }: CampaignHead, version: number): 'draft' | 'live' | 'past' =>
  version > liveVersion ? 'draft' : version === liveVersion ? 'live' : 'past';
