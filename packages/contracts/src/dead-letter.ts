import { z } from 'zod';
import { deadLetterSchema } from './events.ts';
import { resolutionViewSchema } from './replay.ts';

/** What `GET /v1/dead-letters` lists. */
export const deadLetterViewSchema = deadLetterSchema
  .extend({ at: z.iso.datetime(), resolution: resolutionViewSchema.optional() })
  .meta({ id: 'DeadLetter', description: 'A message that was given up. It holds codes: no content, no address.' });
export type DeadLetterView = z.infer<typeof deadLetterViewSchema>;

/** `GET /v1/dead-letters/{id}`. */
export const deadLetterDetailSchema = deadLetterViewSchema
  .extend({
    record: z
      .object({ headers: z.record(z.string(), z.string()), bytes: z.number().int() })
      .optional()
      .describe('The record itself, without what was in it. Absent when the log no longer has it.'),
  })
  .meta({ id: 'DeadLetterDetail' });
export type DeadLetterDetail = z.infer<typeof deadLetterDetailSchema>;
