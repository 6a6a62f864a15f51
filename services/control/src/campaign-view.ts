import type { Campaign, CampaignState, Tenant } from '@herald/contracts';
import type { Catalog } from '@herald/service-kit';
import type { CampaignHead, CampaignVersion } from '@herald/store';

export interface StoredCampaign {
  readonly head: CampaignHead;
  readonly newest: CampaignVersion;
}

/** A campaign as the API shows it: its newest version; the state follows from the version that calls use, and the time. */
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
  const { tags = [] } = newest.content;
  return { type: 'api-triggered', ...newest.content, ...head, tags, state: shownState(state, live, now) };
}

/** The start belongs to the time in which calls are taken, the end does not: as ingress sees it. */
function shownState(state: CampaignHead['state'], live: CampaignVersion | undefined, now: number): CampaignState {
  if (state !== 'live') return state;
  const { startAt, endAt } = live?.content ?? {};
  if (endAt !== undefined && now >= Date.parse(endAt)) return 'completed';
  return startAt !== undefined && now < Date.parse(startAt) ? 'scheduled' : 'live';
}
