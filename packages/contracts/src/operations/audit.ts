import { z } from 'zod';
import { auditEntrySchema, auditObjectSchema } from '../audit.ts';
import { conservationSchema } from '../conservation.ts';
import { json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';

export const listAudit = operation({
  id: 'listAudit',
  method: 'get',
  path: '/v1/audit',
  tag: 'Audit',
  summary: 'Changes of the configuration, newest first',
  access: 'read',
  query: pageQuerySchema.extend({
    objectType: auditObjectSchema.optional(),
    objectId: z.string().min(1).max(200).optional().describe('The changes of one thing, whatever its type is.'),
  }),
  answers: { 200: json('A page.', pageSchema(auditEntrySchema)) },
});

const timeSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const auditConservation = operation({
  id: 'auditConservation',
  method: 'get',
  path: '/v1/audit/conservation',
  tag: 'Audit',
  summary: 'Whether every accepted message ended once, or is on its way',
  description:
    'Computed from the store alone, for the messages of this sandbox that were accepted in a time: accepted = final states + in flight, and whatever does not add up is listed. One answer counts some ten thousand messages; where there are more it has `next`, and the numbers of all answers are to be added.',
  access: 'read',
  query: pageQuerySchema.extend({
    from: timeSchema.optional().describe('Accepted at this time or later; absent: the last 24 hours.'),
    to: timeSchema.optional().describe('Accepted before this time; absent: now.'),
    limit: pageQuerySchema.shape.limit.describe('How many of `unbalanced` to list at most.'),
  }),
  answers: { 200: json('The account.', conservationSchema) },
});
