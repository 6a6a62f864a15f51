import { API, type CampaignIssue, type Review, type Tenant } from '@herald/contracts';
import { refuse, type ApiBuilder } from '@herald/service-kit';
import type { CampaignHead } from '@herald/store';
import { createSteps, isOver, refused, type Action } from './campaign-steps.ts';
import { reviewOf } from './campaign-view.ts';
import { frozen, publishedFragments } from './fragments.ts';
import type { ControlDeps } from './rest.ts';

/** Whether versions of this campaign are activated with an approval alone. */
export function needsReview(
  { reviewSandboxes = [] }: ControlDeps['config'],
  { sandbox }: Tenant,
  { reviewRequired = false }: Pick<CampaignHead, 'reviewRequired'> = {},
): boolean {
  return reviewRequired || reviewSandboxes.some((one) => one === '*' || one === sandbox);
}

/** What a review still has to say before the newest version can be activated. */
export function reviewIssues(config: ControlDeps['config'], tenant: Tenant, head: CampaignHead): CampaignIssue[] {
  const open = head.liveVersion !== head.version && needsReview(config, tenant, head);
  if (!open || reviewOf(head, 'approved') !== undefined) return [];
  return [{ severity: 'error', field: 'review', message: `has not approved version ${head.version}` }];
}

/** Four eyes: a version is handed in, and whoever did not write it approves it or sends it back. */
export function routeReviews(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime } = deps;
  const { firstError, run } = createSteps(deps);
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  const submit =
    (by: string): Action =>
    async (tenant, campaign) => {
      const { head, newest } = campaign;
      if (head.type === 'scheduled') return refuse('campaign-type');
      if (isOver(head)) return refused(`the campaign is ${head.state}, for good`);
      const { version } = head;
      if (head.liveVersion === version) return refused(`version ${version} was activated already`);
      const under = reviewOf(head, 'submitted', 'approved');
      if (under !== undefined) return refused(`version ${version} was ${under.state} already`);
      const fragments = await publishedFragments(store, tenant, newest.content.content);
      const error = await firstError(tenant, campaign, fragments);
      if (error !== undefined) return error;
      const review: Review = { version, state: 'submitted', submittedAt: now(), submittedBy: by };
      return { change: { review }, version: frozen(newest, fragments) };
    };

  const decide =
    (state: 'approved' | 'rejected', by: string, note: string | undefined): Action =>
    async (_tenant, { head }) => {
      const { version, authors = [] } = head;
      if (isOver(head)) return refused(`the campaign is ${head.state}, for good`);
      const under = head.liveVersion === version ? undefined : reviewOf(head, 'submitted', 'approved');
      if (under === undefined) return refused(`version ${version} is not in review`);
      if (state === 'approved') {
        if (under.state === 'approved') return refused(`version ${version} was approved already`);
        if (under.submittedBy === by || authors.includes(by)) {
          const detail = `the key wrote version ${version} or handed it in: another one has to approve it`;
          return refuse('forbidden', { detail });
        }
      }
      const { submittedAt, submittedBy } = under;
      const decision = { decidedAt: now(), decidedBy: by, ...(note === undefined ? {} : { note }) };
      return { change: { review: { version, state, submittedAt, submittedBy, ...decision } } };
    };

  api.handle(API.submitCampaign, (call) => run('submit', submit(call.caller.keyId), call));
  api.handle(API.approveCampaign, (call) =>
    run('approve', decide('approved', call.caller.keyId, call.body.note), call),
  );
  api.handle(API.rejectCampaign, (call) => run('reject', decide('rejected', call.caller.keyId, call.body.note), call));
}
