import type { CampaignIssue, Tenant } from '@herald/contracts';
import { sendProblem, type ProblemCode } from '@herald/service-kit';
import type { CampaignHead } from '@herald/store';
import type { Request, Response, Router } from 'express';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import {
  ifMatchWhereGiven,
  param,
  sendConflict,
  sendMissing,
  sendRevision,
  tenantOf,
  type ControlDeps,
  type Guards,
} from './rest.ts';
import { validateCampaign } from './validation.ts';

type Change = Pick<CampaignHead, 'state'> & Partial<Pick<CampaignHead, 'liveVersion' | 'activatedAt'>>;
interface Refused {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly field?: string;
}
/** What an action makes of a campaign, or why it cannot. */
type Action = (tenant: Tenant, campaign: StoredCampaign) => Promise<Change | Refused>;

/** An action is asked for whatever else changes at the time: it is tried again on what the campaign is by then. */
const MAX_TRIES = 5;

/** The steps of a campaign's life: draft -> live <-> paused; live or paused -> stopped. */
export function routeCampaignActions(router: Router, deps: ControlDeps, guards: Guards): void {
  const { store, runtime, catalog, log } = deps;
  const { clock } = runtime;

  async function issuesOf(tenant: Tenant, { head, newest }: StoredCampaign): Promise<CampaignIssue[]> {
    const surface = await store.surfaces.get(tenant, newest.content.surfaceId);
    return validateCampaign(newest.content, head.channel, surface, clock.now());
  }

  const actions: Record<'activate' | 'pause' | 'resume' | 'stop', Action> = {
    async activate(tenant, campaign) {
      const { head } = campaign;
      if (head.state === 'stopped') return refused('the campaign is stopped, for good');
      if (head.liveVersion === head.version) {
        return refused(`version ${head.version} was activated already; the campaign is ${head.state}`);
      }
      const issue = (await issuesOf(tenant, campaign)).find(({ severity }) => severity === 'error');
      if (issue !== undefined) {
        return { code: 'campaign-invalid', detail: `${issue.field} ${issue.message}`, field: issue.field };
      }
      return { state: 'live', liveVersion: head.version, activatedAt: new Date(clock.now()).toISOString() };
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

  async function run(name: keyof typeof actions, request: Request, response: Response): Promise<void> {
    const tenant = tenantOf(response);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const campaign = await store.campaigns.get(tenant, param(request, 'id'));
      if (campaign === undefined) {
        sendMissing(response, 'campaign');
        return;
      }
      const { head, newest } = campaign;
      if (!ifMatchWhereGiven(request, response, head.revision)) return;
      const change = await actions[name](tenant, campaign);
      if ('code' in change) {
        const { code, detail, field } = change;
        const context = { campaignId: head.id, ...(field === undefined ? {} : { field }) };
        sendProblem(response, code, { detail, context });
        return;
      }
      const modifiedAt = new Date(clock.now()).toISOString();
      const next = { ...head, ...change, revision: head.revision + 1, modifiedAt };
      const written = await store.campaigns.update(tenant, next);
      if (written.kind === 'written') {
        // The roles of this process know at once, the others within their next poll.
        await catalog.refreshCampaign(tenant, head.id);
        log.info({ campaignId: head.id, action: name, version: next.liveVersion }, 'campaign state changed');
        sendRevision(response, await viewCampaign(catalog, tenant, { head: written.value, newest }, clock.now()));
        return;
      }
    }
    sendConflict(response);
  }

  for (const name of ['activate', 'pause', 'resume', 'stop'] as const) {
    router.post(`/v1/campaigns/:id/${name}`, ...guards.control, (request, response) => run(name, request, response));
  }

  router.get('/v1/campaigns/:id/validation', ...guards.read, async (request, response) => {
    const tenant = tenantOf(response);
    const campaign = await store.campaigns.get(tenant, param(request, 'id'));
    if (campaign === undefined) {
      sendMissing(response, 'campaign');
      return;
    }
    const issues = await issuesOf(tenant, campaign);
    response.json({ valid: issues.every(({ severity }) => severity !== 'error'), issues });
  });
}

const refused = (detail: string): Refused => ({ code: 'campaign-state', detail });
