import type { API, CampaignIssue, ProblemCode, Tenant } from '@herald/contracts';
import { refuse, type Call, type Refusal, type Reply } from '@herald/service-kit';
import type { CampaignHead, CampaignVersion } from '@herald/store';
import type { Fragments } from '@herald/templates';
import { audited } from './audit.ts';
import { viewCampaign, type StoredCampaign } from './campaign-view.ts';
import { changed, missing, revised, stale, tenantOf, type ControlDeps } from './rest.ts';
import { validateCampaign } from './validation.ts';

export type Refused = Refusal<'campaign-state' | 'campaign-invalid' | 'campaign-type' | 'not-found' | 'forbidden'>;
/**
 * What an action makes of a campaign, or why it cannot; `More`: for reasons of its own. A field that is undefined goes.
 */
export type Action<More extends ProblemCode = never> = (
  tenant: Tenant,
  campaign: StoredCampaign,
) => Promise<{ readonly change: Change; readonly version?: CampaignVersion } | Refused | Refusal<More>>;
type Change = { readonly [Field in keyof CampaignHead]?: CampaignHead[Field] | undefined };

/** What all of them answer. */
type Step = typeof API.pauseCampaign;

/** An action is asked for whatever else changes at the time: it is tried again on what the campaign is by then. */
const MAX_TRIES = 5;

export const isOver = ({ state }: CampaignHead): boolean => state === 'stopped' || state === 'archived';

export const refused = (detail: string): Refused => refuse('campaign-state', { detail });

/** What takes a campaign from one state to the next. */
export function createSteps(deps: ControlDeps) {
  const { store, runtime, catalog, log, pipeline, providers } = deps;
  const { clock } = runtime;

  async function issuesOf(
    tenant: Tenant,
    { head, newest }: StoredCampaign,
    fragments: Fragments,
  ): Promise<CampaignIssue[]> {
    const surface = await store.surfaces.get(tenant, newest.content.surfaceId);
    return validateCampaign(newest.content, head.channel, surface, {
      now: clock.now(),
      ladderMs: pipeline.settings.ladderMs,
      fragments,
      providers,
    });
  }

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

  async function run<More extends ProblemCode = never>(
    name: string,
    action: Action<More>,
    call: Pick<Call<Step>, 'caller' | 'params' | 'request'>,
  ): Promise<Reply<Step> | Refusal<More>> {
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
      // Why it was paused is told for as long as it is.
      const pausedReason = change.state === 'paused' || change.state === undefined ? head.pausedReason : undefined;
      const next = withChange(head, { pausedReason, ...change, revision: head.revision + 1, modifiedAt });
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

  return { issuesOf, firstError, run };
}

function withChange(head: CampaignHead, change: Change): CampaignHead {
  const fields = Object.entries({ ...head, ...change });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a head needs is never undefined
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as unknown as CampaignHead;
}
