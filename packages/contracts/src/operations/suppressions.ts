import { LIMITS } from '../limits.ts';
import { json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import {
  suppressedSchema,
  suppressionInputSchema,
  suppressionParamsSchema,
  suppressionSchema,
} from '../suppression.ts';

export const addSuppression = operation({
  id: 'addSuppression',
  method: 'post',
  path: '/v1/suppressions',
  tag: 'Suppressions',
  summary: 'Put an address on the list',
  access: 'control',
  body: { schema: suppressionInputSchema, limit: LIMITS.requestBytes },
  answers: { 201: json('It is on the list, now or before.', suppressedSchema) },
});

export const listSuppressions = operation({
  id: 'listSuppressions',
  method: 'get',
  path: '/v1/suppressions',
  tag: 'Suppressions',
  summary: 'The list',
  access: 'read',
  query: pageQuerySchema,
  answers: { 200: json('A page.', pageSchema(suppressionSchema)) },
});

export const removeSuppression = operation({
  id: 'removeSuppression',
  method: 'delete',
  path: '/v1/suppressions/{channel}/{address}',
  tag: 'Suppressions',
  summary: 'Take an address off the list',
  access: 'control',
  params: suppressionParamsSchema,
  answers: { 204: { description: 'It is off the list.' } },
  problems: ['not-found'],
});
