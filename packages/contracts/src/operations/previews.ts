import { fixtureInputSchema, fixtureListSchema, fixtureNameSchema, fixtureSchema } from '../fixture.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { previewInputSchema, previewsSchema } from '../preview.ts';
import { proofInputSchema, proofsSchema } from '../proof.ts';

export const previewCampaign = operation({
  id: 'previewCampaign',
  method: 'post',
  path: '/v1/campaigns/{id}/preview',
  tag: 'Campaigns',
  summary: 'What a call would send to each recipient, and why',
  description: 'Nothing is written, nobody is called, no profile is created.',
  access: 'read',
  params: idParamsSchema,
  body: { schema: previewInputSchema, limit: LIMITS.requestBytes },
  answers: { 200: json('What each recipient would get.', previewsSchema) },
  problems: ['not-found', 'campaign-state', 'not-renderable', 'too-large'],
});

export const sendProofs = operation({
  id: 'sendProofs',
  method: 'post',
  path: '/v1/campaigns/{id}/proofs',
  tag: 'Campaigns',
  summary: 'Send a version, draft or live, to a few addresses to look at',
  description:
    'For real, through the same queues, ledger and providers as any message, with the values of one recipient. Suppressed addresses get nothing; consent, caps and pauses are for recipients, and do not apply. A stopped campaign sends no proofs. Each call sends: repeating one sends again.',
  access: 'control',
  params: idParamsSchema,
  body: { schema: proofInputSchema, limit: LIMITS.requestBytes },
  answers: { 202: { ...json('Accepted.', proofsSchema), links: { getExecution: { id: '/executionId' } } } },
  problems: ['not-found', 'campaign-state', 'context-invalid', 'not-renderable', 'platform-unsupported', 'too-large'],
});

const fixtureParamsSchema = idParamsSchema.extend({ name: fixtureNameSchema });

export const listFixtures = operation({
  id: 'listFixtures',
  method: 'get',
  path: '/v1/campaigns/{id}/fixtures',
  tag: 'Campaigns',
  summary: 'The saved fixtures of a campaign, by name',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('All of them.', fixtureListSchema) },
  problems: ['not-found'],
});

export const getFixture = operation({
  id: 'getFixture',
  method: 'get',
  path: '/v1/campaigns/{id}/fixtures/{name}',
  tag: 'Campaigns',
  summary: 'A saved fixture',
  access: 'read',
  params: fixtureParamsSchema,
  answers: { 200: json('The fixture.', fixtureSchema) },
  problems: ['not-found'],
});

export const putFixture = operation({
  id: 'putFixture',
  method: 'put',
  path: '/v1/campaigns/{id}/fixtures/{name}',
  tag: 'Campaigns',
  summary: 'Save a fixture, or replace it',
  description: 'The last one to write wins.',
  access: 'control',
  params: fixtureParamsSchema,
  body: { schema: fixtureInputSchema, limit: LIMITS.fixtureBytes },
  answers: { 200: json('Saved.', fixtureSchema) },
  problems: ['not-found', 'fixtures-full'],
});

export const deleteFixture = operation({
  id: 'deleteFixture',
  method: 'delete',
  path: '/v1/campaigns/{id}/fixtures/{name}',
  tag: 'Campaigns',
  summary: 'Delete a fixture',
  access: 'control',
  params: fixtureParamsSchema,
  answers: { 204: { description: 'It is gone.' } },
  problems: ['not-found'],
});
