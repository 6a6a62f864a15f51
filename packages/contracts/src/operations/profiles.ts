import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import { identityParamsSchema, profileInputSchema, profileSchema } from '../profile.ts';

export const listProfiles = operation({
  id: 'listProfiles',
  method: 'get',
  path: '/v1/profiles',
  tag: 'Profiles',
  summary: 'Profiles, oldest first',
  access: 'read',
  query: pageQuerySchema.extend({
    dataset: z.literal('created').optional().describe('`created`: only those that a call created.'),
  }),
  answers: { 200: json('A page.', pageSchema(profileSchema)) },
});

export const getProfile = operation({
  id: 'getProfile',
  method: 'get',
  path: '/v1/profiles/{namespace}/{value}',
  tag: 'Profiles',
  summary: 'The profile of an identity',
  access: 'read',
  params: identityParamsSchema,
  answers: { 200: json('The profile.', profileSchema) },
  problems: ['not-found'],
});

export const putProfile = operation({
  id: 'putProfile',
  method: 'put',
  path: '/v1/profiles/{namespace}/{value}',
  tag: 'Profiles',
  summary: 'Create the profile of an identity, or replace its attributes',
  description: 'The last one to write wins: whoever keeps profiles elsewhere sends each as it is there.',
  access: 'control',
  params: identityParamsSchema,
  // A profile travels with its message: it may be as large as a context.
  body: { schema: profileInputSchema, limit: LIMITS.contextBytes },
  answers: { 200: json('The profile as it is now.', profileSchema) },
  problems: ['identity-taken'],
});
