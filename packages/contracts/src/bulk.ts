import { z } from 'zod';
import { executionAcceptedSchema, unitaryRequestSchema } from './execution.ts';
import { LIMITS } from './limits.ts';
import { problemSchema } from './problems.ts';

/** `POST /v1/executions`: many calls at once, as a JSON array or with one per line. */
export const bulkRequestSchema = z
  .array(unitaryRequestSchema)
  .min(1)
  .max(LIMITS.executionsPerBulk)
  .meta({
    id: 'BulkRequest',
    description: `1 to ${LIMITS.executionsPerBulk} executions. Each is judged by itself: one that is wrong keeps no other from being accepted.`,
  });

const place = z.number().int().describe('Its place in the request, from 0; blank lines are not counted.');

export const bulkItemSchema = z
  .union([
    z.object({
      index: place,
      status: z.literal(202),
      replayed: z.boolean().describe('It was accepted before; nothing is sent again.'),
      execution: executionAcceptedSchema,
    }),
    z.object({
      index: place,
      status: z
        .number()
        .int()
        .describe('The status that a call with this execution alone would have been answered with.'),
      problem: problemSchema,
    }),
  ])
  .meta({ id: 'BulkItem' });
export type BulkItem = z.infer<typeof bulkItemSchema>;

/** What became of each, in the order of the request. */
export const bulkResultSchema = z
  .object({
    accepted: z.number().int().describe('How many are accepted, now or before.'),
    refused: z.number().int(),
    items: z.array(bulkItemSchema),
  })
  .meta({ id: 'BulkResult' });
export type BulkResult = z.infer<typeof bulkResultSchema>;
