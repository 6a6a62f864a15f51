import type { Campaign, CampaignState, Review, Tenant } from '@herald/contracts';
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
  const { authors, ...kept } = head;
  const { state, liveVersion } = head;
  const live =
    state !== 'live' || liveVersion === undefined || liveVersion === newest.version
      ? newest
      : await catalog.version(tenant, head.id, liveVersion);
  const { tags = [] } = newest.content;
  const wrote = authors === undefined ? {} : { authors: [...authors] };
  return { type: 'api-triggered', ...newest.content, ...kept, ...wrote, tags, state: shownState(head, live, now) };
}

/** The review of the newest version, where it stands in one of these states. */
export function reviewOf(
  { review, version }: Pick<CampaignHead, 'review' | 'version'>,
  ...states: readonly Review['state'][]
): Review | undefined {
  return review?.version === version && states.includes(review.state) ? review : undefined;
}

/** The start belongs to the time in which calls are taken, the end does not: as ingress sees it. */
function shownState(head: CampaignHead, live: CampaignVersion | undefined, now: number): CampaignState {
  const { state } = head;
  if (state === 'draft' && reviewOf(head, 'submitted', 'approved') !== undefined) return 'review';
  if (state !== 'live') return state;
  const { startAt, endAt } = live?.content ?? {};
  if (endAt !== undefined && now >= Date.parse(endAt)) return 'completed';
  return startAt !== undefined && now < Date.parse(startAt) ? 'scheduled' : 'live';
}
