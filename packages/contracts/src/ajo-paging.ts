import { z } from 'zod';

/** A page of what AJO lists under `/config/suppression`. */
export const ajoPageOf = <S extends z.ZodType>(item: S, id: string) =>
  z
    .object({
      _page: z.object({ orderby: z.string(), next: z.string().optional(), count: z.number().int() }),
      items: z.array(item),
      _links: z.record(z.string(), z.object({ href: z.string() })),
    })
    .meta({ id });
export const ajoListQuerySchema = z.strictObject({
  orderby: z.literal('-creationdate').default('-creationdate'),
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(1_000))
    .default(20),
  start: z.string().min(1).max(500).optional().describe('`_page.next` of the page before.'),
});
