import { z } from 'zod';
import {
  campaignFilters,
  campaignInputSchema,
  campaignPatchSchema,
  campaignSchema,
  campaignValidationSchema,
  campaignVersionSchema,
  campaignVersionsSchema,
  duplicateSchema,
  rollbackSchema,
  SAMPLE_FORMATS,
  sampleCallSchema,
} from '../campaign.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';

export const createCampaign = operation({
  id: 'createCampaign',
  method: 'post',
  path: '/v1/campaigns',
  tag: 'Campaigns',
  summary: 'Create a campaign, as a draft',
  access: 'control',
  body: { schema: campaignInputSchema, limit: LIMITS.requestBytes },
  answers: { 201: json('Created.', campaignSchema, ['ETag', 'Location']) },
  problems: ['surface-unusable'],
});

export const listCampaigns = operation({
  id: 'listCampaigns',
  method: 'get',
  path: '/v1/campaigns',
  tag: 'Campaigns',
  summary: 'Campaigns, newest first',
  description: 'Archived ones are shown only where `state` asks for them.',
  access: 'read',
  query: pageQuerySchema.extend(campaignFilters),
  answers: { 200: json('A page.', pageSchema(campaignSchema)) },
});

export const getCampaign = operation({
  id: 'getCampaign',
  method: 'get',
  path: '/v1/campaigns/{id}',
  tag: 'Campaigns',
  summary: 'A campaign, with its newest version',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The campaign.', campaignSchema, ['ETag']) },
  problems: ['not-found'],
});

export const changeCampaign = operation({
  id: 'changeCampaign',
  method: 'patch',
  path: '/v1/campaigns/{id}',
  tag: 'Campaigns',
  summary: 'Change a campaign',
  description: 'Changes the draft version, or opens one beside the version that calls use.',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: { schema: campaignPatchSchema, limit: LIMITS.requestBytes, late: true },
  answers: { 200: json('Changed.', campaignSchema, ['ETag']) },
  problems: ['not-found', 'campaign-state', 'surface-unusable'],
});

/** A step of a campaign's life. */
const action = <const Id extends string, const Name extends string>(id: Id, name: Name, summary: string) =>
  operation({
    id,
    method: 'post',
    path: `/v1/campaigns/{id}/${name}`,
    tag: 'Campaigns',
    summary,
    access: 'control',
    params: idParamsSchema,
    ifMatch: 'optional',
    answers: { 200: json('Done.', campaignSchema, ['ETag']) },
    problems: ['not-found', 'campaign-state', 'campaign-invalid', 'campaign-type'],
  });

export const activateCampaign = operation({
  id: 'activateCampaign',
  method: 'post',
  path: '/v1/campaigns/{id}/activate',
  tag: 'Campaigns',
  summary: 'Let calls use the newest version',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'optional',
  answers: { 200: json('Done.', campaignSchema, ['ETag']) },
  problems: ['not-found', 'campaign-state', 'campaign-invalid', 'campaign-type', 'not-approved'],
});
export const pauseCampaign = action('pauseCampaign', 'pause', 'Refuse calls, and hold what was accepted');
export const resumeCampaign = action('resumeCampaign', 'resume', 'Go on after a pause');
export const stopCampaign = action('stopCampaign', 'stop', 'End it, for good');
export const archiveCampaign = action('archiveCampaign', 'archive', 'Put it away, for good');

export const rollBackCampaign = operation({
  id: 'rollBackCampaign',
  method: 'post',
  path: '/v1/campaigns/{id}/rollback',
  tag: 'Campaigns',
  summary: 'Let calls use what an earlier version says, at once',
  description: 'Makes a new version of it. A draft beside the version that calls use is replaced.',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'optional',
  body: { schema: rollbackSchema, limit: LIMITS.requestBytes },
  answers: { 200: json('Done.', campaignSchema, ['ETag']) },
  problems: ['not-found', 'campaign-state', 'campaign-invalid', 'campaign-type'],
});

export const duplicateCampaign = operation({
  id: 'duplicateCampaign',
  method: 'post',
  path: '/v1/campaigns/{id}/duplicate',
  tag: 'Campaigns',
  summary: 'Make a draft of its newest version',
  access: 'control',
  params: idParamsSchema,
  body: { schema: duplicateSchema, limit: LIMITS.requestBytes, optional: true },
  answers: { 201: json('Created.', campaignSchema, ['ETag', 'Location']) },
  problems: ['not-found'],
});

export const listCampaignVersions = operation({
  id: 'listCampaignVersions',
  method: 'get',
  path: '/v1/campaigns/{id}/versions',
  tag: 'Campaigns',
  summary: 'The versions of a campaign',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('All of them.', campaignVersionsSchema) },
  problems: ['not-found'],
});

export const getCampaignVersion = operation({
  id: 'getCampaignVersion',
  method: 'get',
  path: '/v1/campaigns/{id}/versions/{version}',
  tag: 'Campaigns',
  summary: 'What a version says',
  access: 'read',
  params: idParamsSchema.extend({ version: z.string() }),
  answers: { 200: json('The version.', campaignVersionSchema) },
  problems: ['not-found'],
});

export const validateCampaign = operation({
  id: 'validateCampaign',
  method: 'get',
  path: '/v1/campaigns/{id}/validation',
  tag: 'Campaigns',
  summary: 'What keeps a campaign from being activated, and what its author may not have meant',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('What was found.', campaignValidationSchema) },
  problems: ['not-found'],
});

export const generateCall = operation({
  id: 'generateCall',
  method: 'get',
  path: '/v1/campaigns/{id}/curl',
  tag: 'Campaigns',
  summary: 'The call that a campaign generates: as a cURL command, a program, or JSON',
  access: 'read',
  params: idParamsSchema,
  query: z.strictObject({
    format: z
      .enum([...SAMPLE_FORMATS, 'json'])
      .optional()
      .describe('Absent: what `Accept` asks for.'),
  }),
  answers: {
    200: {
      description: 'The call, with a placeholder for every value that the content uses.',
      content: {
        'text/plain': z.string(),
        'application/json': sampleCallSchema,
        'text/javascript': z.string(),
        'text/x-python': z.string(),
        'text/x-java': z.string(),
      },
    },
  },
  problems: ['not-found', 'campaign-state', 'campaign-type'],
});
