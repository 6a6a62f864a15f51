import { API, type CampaignIssue, type Tenant } from '@herald/contracts';
import { refuse, reply, type ApiBuilder, type Call, type Refusal, type Reply } from '@herald/service-kit';
import type { CampaignHead, CampaignVersion } from '@herald/store';
import type { Fragments } from '@herald/templates';
import { audited } from './audit.ts';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import { frozen, publishedFragments } from './fragments.ts';
import { changed, missing, revised, stale, tenantOf, type ControlDeps } from './rest.ts';
import { reviewCampaign, validateCampaign } from './validation.ts';

type Change = Pick<CampaignHead, 'state'> &
  Partial<Pick<CampaignHead, 'version' | 'liveVersion' | 'activatedAt' | 'resumedAt'>>;
type Step = typeof API.activateCampaign;
type Refused = Refusal<'campaign-state' | 'campaign-invalid' | 'campaign-type' | 'not-found'>;
/** What an action makes of a campaign, or why it cannot. */
type Action = (
  tenant: Tenant,
  campaign: StoredCampaign,
) => Promise<{ readonly change: Change; readonly version?: CampaignVersion } | Refused>;

/** An action is asked for whatever else changes at the time: it is tried again on what the campaign is by then. */
const MAX_TRIES = 5;

/**
 * The steps of a campaign's life: draft -> live <-> paused; live or paused -> stopped; what is not running -> archived.
 */
export function routeCampaignActions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, catalog, log } = deps;
  const { clock } = runtime;
  const { ladderMs } = deps.pipeline.settings;

  async function issuesOf(
    tenant: Tenant,
    { head, newest }: StoredCampaign,
    fragments: Fragments,
  ): Promise<CampaignIssue[]> {
    const surface = await store.surfaces.get(tenant, newest.content.surfaceId);
    const { providers } = deps;
    return validateCampaign(newest.content, head.channel, surface, {
      now: clock.now(),
      ladderMs,
      fragments,
      providers,
    });
  }

  const actions: Record<'activate' | 'pause' | 'resume' | 'stop' | 'archive', Action> = {
    async activate(tenant, campaign) {
      const { head } = campaign;
      if (head.type === 'scheduled') return refuse('campaign-type');
      if (isOver(head)) return refused(`the campaign is ${head.state}, for good`);
      if (head.liveVersion === head.version) {
        return refused(`version ${head.version} was activated already; the campaign is ${head.state}`);
      }
      const fragments = await publishedFragments(store, tenant, campaign.newest.content.content);
      const error = await firstError(tenant, campaign, fragments);
      if (error !== undefined) return error;
      const change = {
        state: 'live',
        liveVersion: head.version,
        activatedAt: new Date(clock.now()).toISOString(),
      } as const;
      return { change, version: frozen(campaign.newest, fragments) };
    },
    pause: async (_tenant, { head }) =>
      head.state === 'live'
        ? { change: { state: 'paused' } }
        : refused(`a campaign that is ${head.state} cannot be paused`),
    resume: async (_tenant, { head }) =>
      head.state === 'paused'
        ? { change: { state: 'live', resumedAt: new Date(clock.now()).toISOString() } }
        : refused(`a campaign that is ${head.state} cannot be resumed`),
    stop: async (_tenant, { head }) =>
      head.state === 'live' || head.state === 'paused'
        ? { change: { state: 'stopped' } }
        : refused(`a campaign that is ${head.state} cannot be stopped`),
    async archive(tenant, campaign) {
      const { state } = await viewCampaign(catalog, tenant, campaign, clock.now());
      return state === 'draft' || state === 'completed' || state === 'stopped'
        ? { change: { state: 'archived' } }
        : refused(`a campaign that is ${state} cannot be archived`);
    },
  };

  /** A version that was live, as a new one: what was accepted with another keeps that. */
  const rollBackTo =
    (number: number): Action =>
    async (tenant, { head }) => {
      const { liveVersion } = head;
      if (isOver(head) || liveVersion === undefined)
        return refused(`a campaign that is ${head.state} cannot be rolled back`);
      if (number >= liveVersion) return refused(`version ${number} is not one that calls used before ${liveVersion}`);
      const found = await store.campaigns.getVersion(tenant, head.id, number);
      if (found === undefined) return missing('version');
      const version = { version: liveVersion + 1, content: found.content };
      const next = { ...head, version: version.version };
      const activatedAt = new Date(clock.now()).toISOString();
      const change = { state: head.state, version: version.version, liveVersion: version.version, activatedAt };
      const fragments = found.content.fragments ?? {};
      return (await firstError(tenant, { head: next, newest: version }, fragments)) ?? { change, version };
    };

  async function firstError(
    tenant: Tenant,
    campaign: StoredCampaign,
    fragments: Fragments,
  ): Promise<Refused | undefined> {
    const issue = (await issuesOf(tenant, campaign, fragments)).find(({ severity }) => severity === 'error');
    if (issue === undefined) return undefined;
    const { field, message } = issue;
    return refuse('campaign-invalid', { detail: `${field} ${message}`, context: { field } });
  }

  async function run(
    name: string,
    action: Action,
    call: Pick<Call<Step>, 'caller' | 'params' | 'request'>,
  ): Promise<Reply<Step>> {
    const tenant = tenantOf(call);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const campaign = await store.campaigns.get(tenant, call.params.id);
      if (campaign === undefined) return missing('campaign');
      const { head, newest } = campaign;
      const outdated = stale(call, head);
      if (outdated !== undefined) return outdated;
      const outcome = await action(tenant, campaign);
      if ('problem' in outcome) return { ...outcome, context: { campaignId: head.id, ...outcome.context } };
      const { change, version } = outcome;
      const modifiedAt = new Date(clock.now()).toISOString();
      const { pausedReason, ...kept } = head;
      const why = change.state === 'paused' && pausedReason !== undefined ? { pausedReason } : {};
      const next = { ...kept, ...why, ...change, revision: head.revision + 1, modifiedAt };
      const fields = Object.keys(change).toSorted();
      const entry = { action: name, objectType: 'campaign', objectId: head.id, version: next.version, fields } as const;
      const written = await audited(deps, call, entry).campaigns.update(tenant, next, version);
      if (written.kind === 'written') {
        // The roles of this process know at once, the others within their next poll.
        await catalog.refreshCampaign(tenant, head.id);
        log.info({ campaignId: head.id, action: name, version: next.liveVersion }, 'campaign state changed');
        return revised(
          await viewCampaign(catalog, tenant, { head: written.value, newest: version ?? newest }, clock.now()),
        );
      }
    }
    return changed();
  }

  api.handle(API.activateCampaign, (call) => run('activate', actions.activate, call));
  api.handle(API.pauseCampaign, (call) => run('pause', actions.pause, call));
  api.handle(API.resumeCampaign, (call) => run('resume', actions.resume, call));
  api.handle(API.stopCampaign, (call) => run('stop', actions.stop, call));
  api.handle(API.archiveCampaign, (call) => run('archive', actions.archive, call));
  api.handle(API.rollBackCampaign, (call) => run('rollback', rollBackTo(call.body.version), call));

  api.handle(API.validateCampaign, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await store.campaigns.get(tenant, call.params.id);
    if (campaign === undefined) return missing('campaign');
    const fragments = await publishedFragments(store, tenant, campaign.newest.content.content);
    const issues = await issuesOf(tenant, campaign, fragments);
    if (campaign.head.type === 'scheduled')
      issues.push({ severity: 'error', field: 'type', message: 'is scheduled: running it is not there yet' });
    return reply(200, {
      valid: issues.every(({ severity }) => severity !== 'error'),
      issues,
      ...reviewCampaign(campaign),
    });
  });
}

const isOver = ({ state }: CampaignHead): boolean => state === 'stopped' || state === 'archived';

const refused = (detail: string): Refused => refuse('campaign-state', { detail });
