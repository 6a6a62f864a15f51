import {
  campaignInputSchema,
  campaignPatchSchemaOf,
  type CampaignContent,
  type CampaignPatch,
  type Tenant,
} from '@herald/contracts';
import { sendProblem } from '@herald/service-kit';
import type { CampaignHead } from '@herald/store';
import type { Response, Router } from 'express';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import {
  accepted,
  ifMatch,
  pageOf,
  pageQuery,
  param,
  sendConflict,
  sendCreated,
  sendMissing,
  sendPage,
  sendRevision,
  tenantOf,
  type ControlDeps,
  type Guards,
} from './rest.ts';

export function routeCampaigns(router: Router, deps: ControlDeps, guards: Guards): void {
  const { store, runtime, catalog, log } = deps;
  const { clock } = runtime;
  const view = (tenant: Tenant, campaign: StoredCampaign): ReturnType<typeof viewCampaign> =>
    viewCampaign(catalog, tenant, campaign, clock.now());

  router.post('/v1/campaigns', ...guards.controlWithBody, async (request, response) => {
    const input = accepted(response, campaignInputSchema, request.body);
    if (input === undefined) return;
    const { type: _type, channel, category, ...content } = input;
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
    const tenant = tenantOf(response);
    const newest = { version: 1, content };
    await store.campaigns.insert(tenant, head, newest);
    log.info({ campaignId: head.id }, 'campaign created');
    sendCreated(response, `/v1/campaigns/${head.id}`, await view(tenant, { head, newest }));
  });

  router.get('/v1/campaigns', ...guards.read, async (request, response) => {
    const query = accepted(response, pageQuery, request.query);
    if (query === undefined) return;
    const tenant = tenantOf(response);
    await sendPage(response, async () => {
      const page = await store.campaigns.list(tenant, pageOf(query));
      return { ...page, items: await Promise.all(page.items.map((campaign) => view(tenant, campaign))) };
    });
  });

  router.get('/v1/campaigns/:id', ...guards.read, async (request, response) => {
    const tenant = tenantOf(response);
    const campaign = await store.campaigns.get(tenant, param(request, 'id'));
    if (campaign === undefined) sendMissing(response, 'campaign');
    else sendRevision(response, await view(tenant, campaign));
  });

  router.patch('/v1/campaigns/:id', ...guards.controlWithBody, async (request, response) => {
    const tenant = tenantOf(response);
    const campaign = await store.campaigns.get(tenant, param(request, 'id'));
    if (campaign === undefined) {
      sendMissing(response, 'campaign');
      return;
    }
    const { head, newest } = campaign;
    const patch = accepted(response, campaignPatchSchemaOf(head.channel), request.body);
    if (patch === undefined || !ifMatch(request, response, head.revision)) return;
    if (head.state === 'stopped') {
      sendProblem(response, 'campaign-state', { detail: 'the campaign is stopped, for good' });
      return;
    }
    // Accepted messages keep the version they were accepted for: what was ever live is never written again.
    const version = head.liveVersion === head.version ? head.version + 1 : head.version;
    const draft = { version, content: patched(newest.content, patch) };
    const modifiedAt = new Date(clock.now()).toISOString();
    const next = { ...head, version, revision: head.revision + 1, modifiedAt };
    const written = await store.campaigns.update(tenant, next, draft);
    if (written.kind === 'conflict') sendConflict(response);
    else if (written.kind === 'missing') sendMissing(response, 'campaign');
    else await sendChanged(response, { head: written.value, newest: draft });
  });

  async function sendChanged(response: Response, campaign: StoredCampaign): Promise<void> {
    log.info({ campaignId: campaign.head.id, version: campaign.head.version }, 'campaign changed');
    sendRevision(response, await view(tenantOf(response), campaign));
  }
}

/** What the patch names is replaced; `null` takes a date away. */
function patched(content: CampaignContent, patch: CampaignPatch): CampaignContent {
  const merged = Object.entries({ ...content, ...patch });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as CampaignContent;
}
