import { API, type Tenant } from '@herald/contracts';
import { refuse, reply, type ApiBuilder } from '@herald/service-kit';
import { createSteps, isOver, refused, type Action } from './campaign-steps.ts';
import { reviewOf, viewCampaign, type StoredCampaign } from './campaign-view.ts';
import { frozen, publishedFragments } from './fragments.ts';
import { missing, tenantOf, type ControlDeps } from './rest.ts';
import { needsReview, reviewIssues } from './reviews.ts';
import { reviewCampaign } from './validation.ts';

/**
 * The steps of a campaign's life: draft -> live <-> paused; live or paused -> stopped; what is not running -> archived.
 */
export function routeCampaignActions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, catalog, config } = deps;
  const { clock } = runtime;
  const { issuesOf, firstError, run } = createSteps(deps);

  /** Those that an activation would use: what was approved has its fragments as they were handed in. */
  const fragmentsOf = async (tenant: Tenant, { head, newest: { content } }: StoredCampaign) =>
    reviewOf(head, 'approved') === undefined
      ? publishedFragments(store, tenant, content.content)
      : (content.fragments ?? {});

  const activate: Action<'not-approved'> = async (tenant, campaign) => {
    const { head, newest } = campaign;
    if (head.type === 'scheduled') return refuse('campaign-type');
    if (isOver(head)) return refused(`the campaign is ${head.state}, for good`);
    if (head.liveVersion === head.version) {
      return refused(`version ${head.version} was activated already; the campaign is ${head.state}`);
    }
    const approved = reviewOf(head, 'approved') !== undefined;
    if (!approved && needsReview(config, tenant, head)) {
      const detail = `version ${head.version} of the campaign has not been approved`;
      return refuse('not-approved', { detail, context: { version: String(head.version) } });
    }
    const fragments = await fragmentsOf(tenant, campaign);
    const error = await firstError(tenant, campaign, fragments);
    if (error !== undefined) return error;
    const change = {
      state: 'live',
      liveVersion: head.version,
      activatedAt: new Date(clock.now()).toISOString(),
    } as const;
    return { change, version: frozen(newest, fragments) };
  };

  const actions: Record<'pause' | 'resume' | 'stop' | 'archive', Action> = {
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
      return state === 'draft' || state === 'review' || state === 'completed' || state === 'stopped'
        ? { change: { state: 'archived' } }
        : refused(`a campaign that is ${state} cannot be archived`);
    },
  };

  /** A version that was live, as a new one: what was accepted with another keeps that. It needs no second approval. */
  const rollBackTo =
    (number: number, by: string): Action =>
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
      const change = {
        state: head.state,
        version: version.version,
        liveVersion: version.version,
        activatedAt,
        // Those of the draft that it replaces, if there is one.
        authors: [by],
        ...(head.review === undefined ? {} : { review: undefined }),
      };
      const fragments = found.content.fragments ?? {};
      return (await firstError(tenant, { head: next, newest: version }, fragments)) ?? { change, version };
    };

  api.handle(API.activateCampaign, (call) => run('activate', activate, call));
  api.handle(API.pauseCampaign, (call) => run('pause', actions.pause, call));
  api.handle(API.resumeCampaign, (call) => run('resume', actions.resume, call));
  api.handle(API.stopCampaign, (call) => run('stop', actions.stop, call));
  api.handle(API.archiveCampaign, (call) => run('archive', actions.archive, call));
  api.handle(API.rollBackCampaign, (call) => run('rollback', rollBackTo(call.body.version, call.caller.keyId), call));

  api.handle(API.validateCampaign, async (call) => {
    const tenant = tenantOf(call);
    const campaign = await store.campaigns.get(tenant, call.params.id);
    if (campaign === undefined) return missing('campaign');
    const fragments = await fragmentsOf(tenant, campaign);
    const issues = await issuesOf(tenant, campaign, fragments);
    issues.push(...reviewIssues(config, tenant, campaign.head));
    if (campaign.head.type === 'scheduled')
      issues.push({ severity: 'error', field: 'type', message: 'is scheduled: running it is not there yet' });
    return reply(200, {
      valid: issues.every(({ severity }) => severity !== 'error'),
      issues,
      ...reviewCampaign(campaign, fragments),
    });
  });
}
