import type { Campaign, Tenant } from '@herald/contracts';
import type { Catalog } from '@herald/service-kit';
import type { CampaignHead, CampaignVersion } from '@herald/store';

export interface StoredCampaign {
  readonly head: CampaignHead;
  readonly newest: CampaignVersion;
}

/** A campaign as the API shows it: its newest version; whether it is over follows from the version that calls use. */
export async function viewCampaign(
  catalog: Catalog,
  tenant: Tenant,
  { head, newest }: StoredCampaign,
  now: number,
): Promise<Campaign> {
  const { state, liveVersion } = head;
  const live =
    state !== 'live' || liveVersion === undefined || liveVersion === newest.version
      ? newest
      : await catalog.version(tenant, head.id, liveVersion);
  const endAt = live?.content.endAt;
  const over = state === 'live' && endAt !== undefined && now >= Date.parse(endAt);
  return { ...newest.content, ...head, type: 'api-triggered', state: over ? 'completed' : state };
}
