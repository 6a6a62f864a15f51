import { z } from 'zod';
import { deadLetterDetailSchema, deadLetterViewSchema } from '../dead-letter.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';

const whose = z.strictObject({
  unreadable: z
    .literal('true')
    .optional()
    .describe('Those of which nothing could be read: they belong to no sandbox, and need the scope `keys`.'),
});

export const listDeadLetters = operation({
  id: 'listDeadLetters',
  method: 'get',
  path: '/v1/dead-letters',
  tag: 'Dead letters',
  summary: 'Messages that were given up, newest first',
  access: 'read',
  query: pageQuerySchema.extend(whose.shape),
  answers: { 200: json('A page.', pageSchema(deadLetterViewSchema)) },
});

export const getDeadLetter = operation({
  id: 'getDeadLetter',
  method: 'get',
  path: '/v1/dead-letters/{id}',
  slashes: 'id',
  tag: 'Dead letters',
  summary: 'A message that was given up, with the headers of its record',
  access: 'read',
  params: idParamsSchema,
  query: whose,
  answers: { 200: json('The dead letter.', deadLetterDetailSchema) },
  problems: ['not-found'],
});
