import { API, type CampaignIssue, type Tenant } from '@herald/contracts';
import { refuse, reply, type ApiBuilder, type Call, type Refusal, type Reply } from '@herald/service-kit';
import type { CampaignHead, CampaignVersion } from '@herald/store';
import type { Fragments } from '@herald/templates';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import { publishedFragments } from './fragments.ts';
import { changed, missing, revised, stale, tenantOf, type ControlDeps } from './rest.ts';
import { validateCampaign } from './validation.ts';

type Change = Pick<CampaignHead, 'state'> &
  Partial<Pick<CampaignHead, 'liveVersion' | 'activatedAt'>> & {
    /** The version with the fragments that it uses as they are now: calls are going to use it, and no call did yet. */
    readonly frozen?: CampaignVersion;
  };
type Step = typeof API.activateCampaign;
type Refused = Refusal<'campaign-state' | 'campaign-invalid'>;
/** What an action makes of a campaign, or why it cannot. */
type Action = (tenant: Tenant, campaign: StoredCampaign) => Promise<Change | Refused>;

/** An action is asked for whatever else changes at the time: it is tried again on what the campaign is by then. */
const MAX_TRIES = 5;

/** The steps of a campaign's life: draft -> live <-> paused; live or paused -> stopped. */
export function routeCampaignActions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, catalog, log } = deps;
  const { clock } = runtime;

  async function issuesOf(
    tenant: Tenant,
    { head, newest }: StoredCampaign,
    fragments: Fragments,
  ): Promise<CampaignIssue[]> {
    const surface = await store.surfaces.get(tenant, newest.content.surfaceId);
    return validateCampaign(newest.content, head.channel, surface, clock.now(), fragments);
  }

  const actions: Record<'activate' | 'pause' | 'resume' | 'stop', Action> = {
    async activate(tenant, campaign) {
      const { head } = campaign;
      if (head.state === 'stopped') return refused('the campaign is stopped, for good');
      if (head.liveVersion === head.version) {
        return refused(`version ${head.version} was activated already; the campaign is ${head.state}`);
      }
      const fragments = await publishedFragments(store, tenant, campaign.newest.content.content);
      const issue = (await issuesOf(tenant, campaign, fragments)).find(({ severity }) => severity === 'error');
      if (issue !== undefined) {
        const { field, message } = issue;
        return refuse('campaign-invalid', { detail: `${field} ${message}`, context: { field } });
      }
      const { version, content } = campaign.newest;
      const { fragments: _before, ...own } = content;
      const used = Object.keys(fragments).length > 0 ? { fragments } : {};
      return {
        state: 'live',
        liveVersion: head.version,
        activatedAt: new Date(clock.now()).toISOString(),
        frozen: { version, content: { ...own, ...used } },
      };
    },
    pause: async (_tenant, { head }) =>
      head.state === 'live' ? { state: 'paused' } : refused(`a campaign that is ${head.state} cannot be paused`),
    resume: async (_tenant, { head }) =>
      head.state === 'paused' ? { state: 'live' } : refused(`a campaign that is ${head.state} cannot be resumed`),
    stop: async (_tenant, { head }) =>
      head.state === 'live' || head.state === 'paused'
        ? { state: 'stopped' }
        : refused(`a campaign that is ${head.state} cannot be stopped`),
  };

  async function run(
    name: keyof typeof actions,
    call: Pick<Call<Step>, 'caller' | 'params' | 'request'>,
  ): Promise<Reply<Step>> {
    const tenant = tenantOf(call);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const campaign = await store.campaigns.get(tenant, call.params.id);
      if (campaign === undefined) return missing('campaign');
      const { head, newest } = campaign;
      const outdated = stale(call, head);
      if (outdated !== undefined) return outdated;
      const change = await actions[name](tenant, campaign);
      if ('problem' in change) return { ...change, context: { campaignId: head.id, ...change.context } };
      const modifiedAt = new Date(clock.now()).toISOString();
      const { frozen, ...changes } = change;
      const next = { ...head, ...changes, revision: head.revision + 1, modifiedAt };
      const written = await store.campaigns.update(tenant, next, frozen);
      if (written.kind === 'written') {
        // The roles of this process know at once, the others within their next poll.
        await catalog.refreshCampaign(tenant, head.id);
        log.info({ campaignId: head.id, action: name, version: next.liveVersion }, 'campaign state changed');
        return revised(
          await viewCampaign(catalog, tenant, { head: written.value, newest: frozen ?? newest }, clock.now()),
        );
      }
    }
    return changed();
  }

  api.handle(API.activateCampaign, (call) => run('activate', call));
  api.handle(API.pauseCampaign, (call) => run('pause', call));
  api.handle(API.resumeCampaign, (call) => run('resume', call));
  api.handle(API.stopCampaign, (call) => run('stop', call));

  api.handle(API.validateCampaign, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await store.campaigns.get(tenant, call.params.id);
    if (campaign === undefined) return missing('campaign');
    const fragments = await publishedFragments(store, tenant, campaign.newest.content.content);
    const issues = await issuesOf(tenant, campaign, fragments);
    return reply(200, { valid: issues.every(({ severity }) => severity !== 'error'), issues });
  });
}

const refused = (detail: string): Refused => refuse('campaign-state', { detail });
