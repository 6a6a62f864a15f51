import { z } from 'zod';
import { auditEntrySchema, auditObjectSchema } from '../audit.ts';
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
