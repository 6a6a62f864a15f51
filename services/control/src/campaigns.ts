import { API, campaignPatchSchemaOf, type CampaignContent, type CampaignPatch, type Tenant } from '@herald/contracts';
import { invalid, parseWith, refuse, type ApiBuilder } from '@herald/service-kit';
import type { CampaignHead } from '@herald/store';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import { changed, created, missing, paged, pageOf, revised, stale, tenantOf, type ControlDeps } from './rest.ts';

export function routeCampaigns(api: ApiBuilder, { store, runtime, catalog, config, log }: ControlDeps): void {
  const { clock } = runtime;
  const view = (tenant: Tenant, campaign: StoredCampaign): ReturnType<typeof viewCampaign> =>
    viewCampaign(catalog, tenant, campaign, clock.now());

  api.handle(API.createCampaign, async (call) => {
    const { type: _type, channel, category, ...content } = call.body;
    const at = new Date(clock.now()).toISOString();
    const head: CampaignHead = {
      id: runtime.newId(),
      channel,
      category,
      state: 'draft',
      version: 1,
      revision: 1,
      createdAt: at,
      modifiedAt: at,
    };
    const tenant = tenantOf(call);
    const newest = { version: 1, content };
    await store.campaigns.insert(tenant, head, newest);
    log.info({ campaignId: head.id }, 'campaign created');
    return created(config, `/v1/campaigns/${head.id}`, await view(tenant, { head, newest }));
  });

  api.handle(API.listCampaigns, (call) => {
    const tenant = tenantOf(call);
    return paged(async () => {
      const page = await store.campaigns.list(tenant, pageOf(call.query));
      return { ...page, items: await Promise.all(page.items.map((campaign) => view(tenant, campaign))) };
    });
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
    const outdated = stale(call, head);
    if (outdated !== undefined) return outdated;
    if (head.state === 'stopped') return refuse('campaign-state', { detail: 'the campaign is stopped, for good' });
    // Accepted messages keep the version they were accepted for: what was ever live is never written again.
    const version = head.liveVersion === head.version ? head.version + 1 : head.version;
    const draft = { version, content: patched(newest.content, patch.value) };
    const modifiedAt = new Date(clock.now()).toISOString();
    const next = { ...head, version, revision: head.revision + 1, modifiedAt };
    const written = await store.campaigns.update(tenant, next, draft);
    if (written.kind === 'conflict') return changed();
    if (written.kind === 'missing') return missing('campaign');
    log.info({ campaignId: head.id, version }, 'campaign changed');
    return revised(await view(tenant, { head: written.value, newest: draft }));
  });
}

/** What the patch names is replaced; `null` takes a date away. */
function patched(content: CampaignContent, patch: CampaignPatch): CampaignContent {
  // What a version was activated with is its own; the next one takes what is published by then.
  const { fragments: _fragments, ...own } = content;
  const merged = Object.entries({ ...own, ...patch });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as CampaignContent;
}
