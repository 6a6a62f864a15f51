import {
  API,
  campaignPatchSchemaOf,
  NO_CONTENT,
  type Campaign,
  type CampaignContent,
  type CampaignPatch,
  type Tenant,
} from '@herald/contracts';
import { invalid, parseWith, refuse, type ApiBuilder, type Call } from '@herald/service-kit';
import type { CampaignHead } from '@herald/store';
import { audited, changedFields } from './audit.ts';
import { draftOf, surfaceProblem } from './campaign-draft.ts';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import { filtered } from './filtered.ts';
import { retryProblem } from './retry.ts';
import { changed, created, missing, paged, pageOf, revised, stale, tenantOf, type ControlDeps } from './rest.ts';
import { needsReview } from './reviews.ts';

export function routeCampaigns(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, catalog, config, log } = deps;
  const { clock } = runtime;
  const { ladderMs } = deps.pipeline.settings;
  const view = (tenant: Tenant, campaign: StoredCampaign): ReturnType<typeof viewCampaign> =>
    viewCampaign(catalog, tenant, campaign, clock.now());

  async function insert(
    call: Pick<Call, 'caller'>,
    action: 'create' | 'duplicate',
    chosen: Pick<CampaignHead, 'type' | 'channel' | 'category' | 'reviewRequired'>,
    content: CampaignContent,
    authors: readonly string[] = [],
  ) {
    const at = new Date(clock.now()).toISOString();
    const id = runtime.newId();
    const head: CampaignHead = {
      id,
      ...chosen,
      authors: [...new Set([...authors, call.caller.keyId])],
      state: 'draft',
      version: 1,
      revision: 1,
      createdAt: at,
      modifiedAt: at,
    };
    const newest = { version: 1, content };
    const tenant = tenantOf(call);
    const fields = Object.keys(content).toSorted();
    const change = { action, objectType: 'campaign', objectId: id, version: 1, fields } as const;
    await audited(deps, call, change).campaigns.insert(tenant, head, newest);
    log.info({ campaignId: id }, 'campaign created');
    return created(config, `/v1/campaigns/${id}`, await view(tenant, { head, newest }));
  }

  const reviewOfNew = (call: Pick<Call, 'caller'>, reviewRequired = false): { reviewRequired?: true } =>
    needsReview(config, tenantOf(call), { reviewRequired }) ? { reviewRequired: true } : {};

  api.handle(API.createCampaign, async (call) => {
    const { type, channel, category, reviewRequired = false, content = NO_CONTENT, ...fields } = call.body;
    const draft = draftOf({ ...fields, content }, type);
    if (!draft.ok) return draft.refusal;
    const unusable =
      retryProblem(fields, ladderMs) ?? (await surfaceProblem(store, tenantOf(call), channel, fields.surfaceId));
    const chosen = { type, channel, category, ...reviewOfNew(call, reviewRequired) };
    return unusable ?? insert(call, 'create', chosen, draft.content);
  });

  api.handle(API.duplicateCampaign, async (call) => {
    const campaign = await store.campaigns.get(tenantOf(call), call.params.id);
    if (campaign === undefined) return missing('campaign');
    const { head, newest } = campaign;
    const { type = 'api-triggered', channel, category } = head;
    const title = call.body.title ?? `Copy of ${newest.content.title}`.slice(0, 200).toWellFormed();
    const chosen = { type, channel, category, ...reviewOfNew(call, head.reviewRequired) };
    // Whoever wrote what it says is its author as well.
    return insert(call, 'duplicate', chosen, { ...newest.content, title }, head.authors);
  });

  api.handle(API.listCampaigns, (call) => {
    const tenant = tenantOf(call);
    const { state, channel, type, tag } = call.query;
    const asked = (campaign: Campaign): boolean =>
      (state === undefined ? campaign.state !== 'archived' : campaign.state === state) &&
      (channel ?? campaign.channel) === campaign.channel &&
      (type ?? campaign.type) === campaign.type &&
      (tag === undefined || campaign.tags.includes(tag));
    return paged(() =>
      filtered(
        (page) => store.campaigns.list(tenant, page),
        pageOf(call.query),
        async (stored) => {
          const campaign = await view(tenant, stored);
          return asked(campaign) ? campaign : undefined;
        },
      ),
    );
  });

  api.handle(API.getCampaign, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await store.campaigns.get(tenant, call.params.id);
    return campaign === undefined ? missing('campaign') : revised(await view(tenant, campaign));
  });

  api.handle(API.changeCampaign, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await store.campaigns.get(tenant, call.params.id);
    if (campaign === undefined) return missing('campaign');
    const { head, newest } = campaign;
    const patch = parseWith(campaignPatchSchemaOf(head.channel), call.body);
    if (!patch.ok) return invalid(patch);
    const { reviewRequired, ...written } = patch.value;
    const draft = draftOf(patched(newest.content, written), head.type ?? 'api-triggered');
    if (!draft.ok) return draft.refusal;
    const wrong = retryProblem(patch.value, ladderMs);
    if (wrong !== undefined) return wrong;
    const outdated = stale(call, head);
    if (outdated !== undefined) return outdated;
    if (head.state === 'stopped' || head.state === 'archived')
      return refuse('campaign-state', { detail: `the campaign is ${head.state}, for good` });
    const { surfaceId } = patch.value;
    const unusable = surfaceId === undefined ? undefined : await surfaceProblem(store, tenant, head.channel, surfaceId);
    if (unusable !== undefined) return unusable;
    // Accepted messages keep the version they were accepted for: what was ever live is never written again.
    const isNew = head.liveVersion === head.version;
    const version = isNew ? head.version + 1 : head.version;
    const next = { version, content: draft.content };
    const modifiedAt = new Date(clock.now()).toISOString();
    // What is changed is not what was handed in, or approved.
    const { review: _review, ...kept } = head;
    const changedHead = {
      ...(isNew ? head : kept),
      ...(reviewRequired === undefined ? {} : { reviewRequired }),
      authors: [...new Set([...(isNew ? [] : (head.authors ?? [])), call.caller.keyId])],
      version,
      revision: head.revision + 1,
      modifiedAt,
    };
    const fields = changedFields(newest.content, draft.content);
    if (reviewRequired !== undefined && head.reviewRequired !== true) fields.push('reviewRequired');
    const change = { action: 'change', objectType: 'campaign', objectId: head.id, version, fields } as const;
    const answer = await audited(deps, call, change).campaigns.update(tenant, changedHead, next);
    if (answer.kind === 'conflict') return changed();
    if (answer.kind === 'missing') return missing('campaign');
    log.info({ campaignId: head.id, version }, 'campaign changed');
    return revised(await view(tenant, { head: answer.value, newest: next }));
  });
}

/** What the patch names is replaced; `null` takes a date away. */
function patched(content: CampaignContent, patch: CampaignPatch): CampaignContent {
  // What a version was activated with is its own; the next one takes what is published by then.
  const { fragments: _fragments, ...own } = content;
  const merged = Object.entries({ ...own, ...patch });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as CampaignContent;
}
