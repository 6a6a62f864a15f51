import { z } from 'zod';
import {
  campaignInputSchema,
  campaignPatchSchema,
  campaignSchema,
  campaignValidationSchema,
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
});

export const listCampaigns = operation({
  id: 'listCampaigns',
  method: 'get',
  path: '/v1/campaigns',
  tag: 'Campaigns',
  summary: 'Campaigns, newest first',
  access: 'read',
  query: pageQuerySchema,
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
  problems: ['not-found', 'campaign-state'],
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
    problems: ['not-found', 'campaign-state', 'campaign-invalid'],
  });

export const activateCampaign = action('activateCampaign', 'activate', 'Let calls use the newest version');
export const pauseCampaign = action('pauseCampaign', 'pause', 'Refuse calls, and hold what was accepted');
export const resumeCampaign = action('resumeCampaign', 'resume', 'Go on after a pause');
export const stopCampaign = action('stopCampaign', 'stop', 'End it, for good');

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
  summary: 'The call that a campaign generates: as a cURL command, or as JSON',
  access: 'read',
  params: idParamsSchema,
  answers: {
    200: {
      description: 'The call, with a placeholder for every value that the content uses.',
      content: { 'text/plain': z.string(), 'application/json': sampleCallSchema },
    },
  },
  problems: ['not-found', 'campaign-state'],
});
