import { z } from 'zod';
import { deadLetterDetailSchema, deadLetterViewSchema } from '../dead-letter.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import {
  discardInputSchema,
  letterFilterShape,
  replayedManySchema,
  replayedSchema,
  replayInputSchema,
  replayManySchema,
} from '../replay.ts';

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
  description:
    'A page looks at a bounded number of letters: where few are as asked it may hold fewer than `limit`, or none, and still have a `next`.',
  access: 'read',
  query: pageQuerySchema.extend(whose.shape).extend({
    ...letterFilterShape,
    resolution: z
      .enum(['open', 'replayed', 'discarded'])
      .optional()
      .describe('What was done about them; `open`: nothing yet.'),
  }),
  answers: { 200: json('A page.', pageSchema(deadLetterViewSchema)) },
});

export const getDeadLetter = operation({
  id: 'getDeadLetter',
  method: 'get',
  path: '/v1/dead-letters/{id}',
  tag: 'Dead letters',
  summary: 'A message that was given up, with the headers of its record',
  access: 'read',
  params: idParamsSchema,
  query: whose,
  answers: { 200: json('The dead letter.', deadLetterDetailSchema) },
  problems: ['not-found'],
});

const result = (description: string) => ({ 200: json(description, replayedSchema) });
const problems = ['not-found', 'not-replayable', 'may-double', 'record-gone'] as const;

export const replayDeadLetters = operation({
  id: 'replayDeadLetters',
  method: 'post',
  path: '/v1/dead-letters/-/replay',
  tag: 'Dead letters',
  summary: 'Try many again, at a rate',
  description:
    'Each opens a new round of its message, at most once. They wait on the retry ladder for their turn, so nothing is lost when the server restarts.',
  access: 'control',
  body: { schema: replayManySchema, limit: LIMITS.requestBytes },
  answers: { 200: json('What was replayed, and what was not.', replayedManySchema) },
});

export const replayDeadLetter = operation({
  id: 'replayDeadLetter',
  method: 'post',
  path: '/v1/dead-letters/{id}/replay',
  tag: 'Dead letters',
  summary: 'Try a message again that was given up',
  description:
    'Opens a new round of the message, whose first attempt gets the record unchanged. However often it is asked, and by how many: one letter is one round.',
  access: 'control',
  params: idParamsSchema,
  body: { schema: replayInputSchema, limit: LIMITS.requestBytes, optional: true },
  answers: result('The round, opened now or before.'),
  problems,
});

export const discardDeadLetter = operation({
  id: 'discardDeadLetter',
  method: 'post',
  path: '/v1/dead-letters/{id}/discard',
  tag: 'Dead letters',
  summary: 'Say that nothing is to be done about one',
  description: 'It stays listed, with the note. The first word counts: one that was replayed cannot be discarded.',
  access: 'control',
  params: idParamsSchema,
  body: { schema: discardInputSchema, limit: LIMITS.requestBytes },
  answers: { 200: json('It is discarded, now or before.', deadLetterViewSchema) },
  problems: ['not-found', 'not-replayable'],
});

export const replayMessage = operation({
  id: 'replayMessage',
  method: 'post',
  path: '/v1/messages/{id}/replay',
  tag: 'Messages',
  summary: 'Try a message again that ended as failed or dead',
  description:
    'What was not seen to be unsent needs `acceptDoubling`: `outcome-unknown`, `lost`, or a call that was taken over.',
  access: 'control',
  params: idParamsSchema,
  body: { schema: replayInputSchema, limit: LIMITS.requestBytes, optional: true },
  answers: result('The round, opened now or before.'),
  problems,
});
