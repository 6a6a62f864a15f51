import { fragmentInputSchema, fragmentSchema, templateInputSchema, templateSchema } from '../content-item.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';

const tag = 'Templates and fragments';
const templateBody = { schema: templateInputSchema, limit: LIMITS.requestBytes } as const;
const fragmentBody = { schema: fragmentInputSchema, limit: LIMITS.requestBytes } as const;

export const createTemplate = operation({
  id: 'createTemplate',
  method: 'post',
  path: '/v1/templates',
  tag,
  summary: 'Create a template',
  access: 'control',
  body: templateBody,
  answers: { 201: json('Created.', templateSchema, ['ETag', 'Location']) },
});

export const listTemplates = operation({
  id: 'listTemplates',
  method: 'get',
  path: '/v1/templates',
  tag,
  summary: 'Templates, newest first',
  access: 'read',
  query: pageQuerySchema,
  answers: { 200: json('A page.', pageSchema(templateSchema)) },
});

export const getTemplate = operation({
  id: 'getTemplate',
  method: 'get',
  path: '/v1/templates/{id}',
  tag,
  summary: 'A template',
  description: 'To use it, create a campaign with its `content`.',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The template.', templateSchema, ['ETag']) },
  problems: ['not-found'],
});

export const replaceTemplate = operation({
  id: 'replaceTemplate',
  method: 'put',
  path: '/v1/templates/{id}',
  tag,
  summary: 'Replace a template',
  description: 'Campaigns that were made from it keep their copy.',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: templateBody,
  answers: { 200: json('Replaced.', templateSchema, ['ETag']) },
  problems: ['not-found'],
});

export const deleteTemplate = operation({
  id: 'deleteTemplate',
  method: 'delete',
  path: '/v1/templates/{id}',
  tag,
  summary: 'Delete a template',
  access: 'control',
  params: idParamsSchema,
  answers: { 204: { description: 'It is gone.' } },
  problems: ['not-found'],
});

export const createFragment = operation({
  id: 'createFragment',
  method: 'post',
  path: '/v1/fragments',
  tag,
  summary: 'Create a fragment, as a draft',
  access: 'control',
  body: fragmentBody,
  answers: { 201: json('Created.', fragmentSchema, ['ETag', 'Location']) },
});

export const listFragments = operation({
  id: 'listFragments',
  method: 'get',
  path: '/v1/fragments',
  tag,
  summary: 'Fragments, newest first',
  access: 'read',
  query: pageQuerySchema,
  answers: { 200: json('A page.', pageSchema(fragmentSchema)) },
});

export const getFragment = operation({
  id: 'getFragment',
  method: 'get',
  path: '/v1/fragments/{id}',
  tag,
  summary: 'A fragment',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The fragment.', fragmentSchema, ['ETag']) },
  problems: ['not-found'],
});

export const replaceFragment = operation({
  id: 'replaceFragment',
  method: 'put',
  path: '/v1/fragments/{id}',
  tag,
  summary: 'Replace a fragment',
  description: 'What is published stays so until the next publication.',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: fragmentBody,
  answers: { 200: json('Replaced.', fragmentSchema, ['ETag']) },
  problems: ['not-found'],
});

export const publishFragment = operation({
  id: 'publishFragment',
  method: 'post',
  path: '/v1/fragments/{id}/publish',
  tag,
  summary: 'Publish a fragment',
  description: 'Campaigns use its text from their next activation on; those that are live keep what they have.',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'optional',
  answers: { 200: json('Published.', fragmentSchema, ['ETag']) },
  problems: ['not-found', 'fragment-invalid'],
});

export const deleteFragment = operation({
  id: 'deleteFragment',
  method: 'delete',
  path: '/v1/fragments/{id}',
  tag,
  summary: 'Delete a fragment',
  description: 'Live campaigns keep their copy; a campaign that uses it cannot be activated any more.',
  access: 'control',
  params: idParamsSchema,
  answers: { 204: { description: 'It is gone.' } },
  problems: ['not-found'],
});
