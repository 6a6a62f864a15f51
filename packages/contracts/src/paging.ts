import { z } from 'zod';
import { shownAs } from './shown-as.ts';

const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a number from 1 to 100')
  .transform(Number)
  .pipe(z.number().min(1).max(100))
  .default(20)
  .register(shownAs, { type: 'integer', minimum: 1, maximum: 100, default: 20 })
  .describe('How many at most.');

/** The query of every listing. */
export const pageQuerySchema = z.strictObject({
  limit,
  cursor: z.string().min(1).max(500).optional().describe('The `next` of the page before.'),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

/** A page of a listing. */
export const pageSchema = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe('The `cursor` of the next page; absent at the end.'),
  });
