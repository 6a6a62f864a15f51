import { API, type Campaign, type CampaignIssue, type Surface, type Tenant } from '@herald/contracts';
import { invalid, reply, type ApiBuilder } from '@herald/service-kit';
import { viewCampaign, type StoredCampaign } from '../campaign-view.ts';
import { publishedFragments } from '../fragments.ts';
import { missing, tenantOf, type ControlDeps } from '../rest.ts';
import { reviewIssues } from '../reviews.ts';
import { validateCampaign } from '../validation.ts';
import { filterOf, sorted, type Row } from './listing.ts';

/** More than that in one sandbox are not listed here: `/v1` has pages without a limit. */
const MAX_LISTED = 10_000;
const FIELDS = [
  'campaignId',
  'name',
  'status',
  'category',
  'type',
  'campaignType',
  'created',
  'modified',
  'campaignClass',
];

/** Campaigns and surfaces, to be read in AJO's shapes. */
export function routeAjoCampaigns(api: ApiBuilder, deps: ControlDeps): void {
  const { providers, store, catalog, runtime, config, pipeline } = deps;
  const { clock } = runtime;
  const { ladderMs } = pipeline.settings;
  const show = async (tenant: Tenant, stored: StoredCampaign) =>
    documentOf(await viewCampaign(catalog, tenant, stored, clock.now()));

  async function all(tenant: Tenant) {
    const found: Awaited<ReturnType<typeof show>>[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.campaigns.list(tenant, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...(await Promise.all(page.items.map((one) => show(tenant, one)))));
      cursor = page.next;
    } while (cursor !== undefined && found.length < MAX_LISTED);
    return found;
  }

  api.handle(API.ajoListCampaigns, async (call) => {
    const { count, page, orderby, property } = call.query;
    const tests: ((row: Row) => boolean)[] = [];
    for (const text of property?.split(';') ?? []) {
      const test = filterOf(text, FIELDS);
      if (test === undefined)
        return invalid({ field: 'property', message: `must compare one of ${FIELDS.join(', ')}` });
      tests.push(test);
    }
    const found = (await all(tenantOf(call))).filter((one) => tests.every((test) => test(textsOf(one))));
    const from = page * count;
    const data = sorted(found, orderby, (one, field) => (field === 'name' ? one.name : one.created)).slice(
      from,
      from + count,
    );
    const totalPages = Math.ceil(found.length / count);
    const asked = { orderby, count, page, type: 'campaign', totalPages, totalCount: found.length, start: from };
    return reply(200, {
      data,
      _page: {
        ...asked,
        ...(property === undefined ? {} : { property }),
        ...(page + 1 < totalPages ? { next: String(page + 1) } : {}),
        ...(page > 0 ? { previous: String(page - 1) } : {}),
      },
      _links: {},
    });
  });

  api.handle(API.ajoGetCampaign, async (call) => {
    const tenant = tenantOf(call);
    const stored = await store.campaigns.get(tenant, call.params.id);
    return stored === undefined ? missing('campaign') : reply(200, await show(tenant, stored));
  });

  api.handle(API.ajoListVersions, async (call) => {
    const tenant = tenantOf(call);
    const stored = await store.campaigns.get(tenant, call.params.id);
    if (stored === undefined) return missing('campaign');
    const { head } = stored;
    const data: ReturnType<typeof documentOf>[] = [];
    for (let number = head.version; number > 0 && data.length < MAX_VERSIONS; number -= 1) {
      const newest = await store.campaigns.getVersion(tenant, head.id, number);
      if (newest !== undefined) data.push({ ...(await show(tenant, { head, newest })), versionId: String(number) });
    }
    return reply(200, { data });
  });

  api.handle(API.ajoValidateCampaign, async (call) => {
    const tenant = tenantOf(call);
    const stored = await store.campaigns.get(tenant, call.params.id);
    if (stored === undefined) return missing('campaign');
    const { content } = stored.newest;
    const surface = await store.surfaces.get(tenant, content.surfaceId);
    const fragments = await publishedFragments(store, tenant, content.content);
    const issues = validateCampaign(content, stored.head.channel, surface, {
      now: clock.now(),
      ladderMs,
      fragments,
      providers,
    });
    issues.push(...reviewIssues(config, tenant, stored.head));
    const of = (severity: CampaignIssue['severity']) =>
      issues
        .filter((issue) => issue.severity === severity)
        .map(({ field, message }) => ({ title: `${field} ${message}`, field }));
    const errors = of('error');
    return reply(200, { valid: errors.length === 0, errors, warnings: of('warning') });
  });

  api.handle(API.ajoListSurfaces, async (call) => {
    const tenant = tenantOf(call);
    const data: ReturnType<typeof surfaceOf>[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.surfaces.list(tenant, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      data.push(...page.items.map(surfaceOf));
      cursor = page.next;
    } while (cursor !== undefined && data.length < MAX_LISTED);
    return reply(200, { data });
  });

  api.handle(API.ajoGetSurface, async (call) => {
    const { channel, id } = call.params;
    const surface = await store.surfaces.get(tenantOf(call), id);
    return surface === undefined || surface.channel !== channel ? missing('surface') : reply(200, surfaceOf(surface));
  });
}

const MAX_VERSIONS = 100;

const textsOf = ({
  campaignId,
  name,
  status,
  category,
  type,
  campaignType,
  created,
  modified,
  campaignClass,
}: ReturnType<typeof documentOf>): Row => ({
  campaignId,
  name,
  status,
  category,
  type,
  campaignType,
  created,
  modified,
  campaignClass,
});

const surfaceOf = ({ id, name, channel, status }: Surface) => ({
  surfaceId: id,
  surfaceType: channel,
  name,
  channel,
  status: status === 'active' ? 'ACTIVE' : 'DEACTIVATED',
});

/** A campaign in AJO's words. What Herald has no like of is absent. */
function documentOf(campaign: Campaign) {
  const { id, title, description, state, channel, category, version, liveVersion, startAt, endAt, surfaceId } =
    campaign;
  // AJO's words have no like of a pause, and none of a review.
  const now = state === 'paused' ? 'LIVE' : state === 'review' ? 'DRAFT' : state.toUpperCase();
  const approved = campaign.review?.version === version && campaign.review.state === 'approved';
  const kind = category === 'marketing' ? ('Marketing' as const) : ('Transactional' as const);
  return {
    campaignId: id,
    versionId: String(version),
    ...(liveVersion === version ? {} : { draftVersionId: String(version) }),
    ...(liveVersion === undefined ? {} : { liveVersionId: String(liveVersion) }),
    name: title,
    description,
    status: now,
    campaignClass: campaign.type === 'scheduled' ? 'scheduled' : 'api',
    campaignType: campaign.type === 'scheduled' ? ('Scheduled' as const) : ('ApiTriggered' as const),
    type: kind,
    category: kind,
    schedule: {
      startDateEnabled: startAt !== undefined,
      endDateEnabled: endAt !== undefined,
      ...(startAt === undefined ? {} : { startDate: startAt }),
      ...(endAt === undefined ? {} : { endDate: endAt }),
    },
    created: campaign.createdAt,
    modified: campaign.modifiedAt,
    ...(campaign.activatedAt === undefined ? {} : { published: campaign.activatedAt }),
    highThroughputMode: false,
    enableWebhooks: false,
    identityNamespace: campaign.namespace,
    createNewProfile: campaign.createProfiles,
    packages: [
      {
        packageId: id,
        channel,
        enabled: true,
        status: now,
        attributes: { surface: { surfaceId, surfaceType: channel } },
      },
    ],
    actions: [
      { actionType: 'MODIFY', available: state !== 'stopped' },
      {
        actionType: 'PUBLISH',
        available: liveVersion !== version && state !== 'stopped' && (campaign.reviewRequired !== true || approved),
      },
      { actionType: 'STOP', available: state === 'live' || state === 'paused' },
      { actionType: 'RESUME', available: state === 'paused' },
    ],
  };
}
