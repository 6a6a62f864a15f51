import { importLineSchema } from '../import.ts';
import { LIMITS } from '../limits.ts';
import { json, lines, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import {
  suppressedSchema,
  suppressionInputSchema,
  suppressionLineSchema,
  suppressionParamsSchema,
  suppressionSchema,
} from '../suppression.ts';

/** An endpoint has at most 2,000 characters. */
const LINE_BYTES = 16_384;

export const addSuppression = operation({
  id: 'addSuppression',
  method: 'post',
  path: '/v1/suppressions',
  tag: 'Suppressions',
  summary: 'Put an address, a domain or a block of numbers on the list',
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

export const importSuppressions = operation({
  id: 'importSuppressions',
  method: 'post',
  path: '/v1/suppressions/import',
  tag: 'Suppressions',
  summary: 'Put many entries on the list, one per line of JSON',
  description:
    'A file of any size, for example an export. Each line acts from the next message on; one that is wrong is told by its number and stops nothing. What is on the list already keeps its first entry.',
  access: 'control',
  body: { schema: suppressionLineSchema, limit: LINE_BYTES, stream: true },
  answers: { 200: lines('How far it is, a line at a time; the last one is the result.', importLineSchema) },
});

export const exportSuppressions = operation({
  id: 'exportSuppressions',
  method: 'get',
  path: '/v1/suppressions/export',
  tag: 'Suppressions',
  summary: 'The whole list, one entry per line of JSON',
  access: 'read',
  answers: { 200: lines('Every entry, newest first.', suppressionSchema) },
});

export const removeSuppression = operation({
  id: 'removeSuppression',
  method: 'delete',
  path: '/v1/suppressions/{channel}/{address}',
  tag: 'Suppressions',
  summary: 'Take an entry off the list',
  access: 'control',
  params: suppressionParamsSchema,
  answers: { 204: { description: 'It is off the list.' } },
  problems: ['not-found'],
});
