import { campaignSchema } from '../campaign.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { approvalSchema, rejectionSchema } from '../review.ts';

const shared = {
  method: 'post',
  tag: 'Campaigns',
  params: idParamsSchema,
  answers: { 200: json('Done.', campaignSchema, ['ETag']) },
} as const;

export const submitCampaign = operation({
  ...shared,
  id: 'submitCampaign',
  path: '/v1/campaigns/{id}/submit',
  summary: 'Hand in the newest version for review',
  description: 'Copies the published text of each fragment into it: what is approved is what is activated.',
  access: 'control',
  ifMatch: 'optional',
  problems: ['not-found', 'campaign-state', 'campaign-invalid', 'campaign-type'],
});

export const approveCampaign = operation({
  ...shared,
  id: 'approveCampaign',
  path: '/v1/campaigns/{id}/approve',
  summary: 'Approve the version that was handed in',
  description:
    'By another key than those that wrote it or handed it in. `If-Match` says what was looked at: of a version that changed since, nothing is approved.',
  access: 'approve',
  ifMatch: 'required',
  body: { schema: approvalSchema, limit: LIMITS.requestBytes, optional: true },
  problems: ['not-found', 'campaign-state', 'campaign-invalid', 'campaign-type'],
});

export const rejectCampaign = operation({
  ...shared,
  id: 'rejectCampaign',
  path: '/v1/campaigns/{id}/reject',
  summary: 'Send a version back to its authors, or take its approval back',
  access: 'approve',
  ifMatch: 'required',
  body: { schema: rejectionSchema, limit: LIMITS.requestBytes },
  problems: ['not-found', 'campaign-state', 'campaign-invalid', 'campaign-type'],
});
