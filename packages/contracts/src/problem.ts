import { z } from 'zod';

/** Every error of the HTTP API: `application/problem+json`, in the shape of AJO's execution errors. */
export const problemSchema = z.object({
  /** `https://ns.herald.dev/errors/HERALD-<number>-<status>`; docs/errors.md lists them. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** What to do about it. */
  detail: z.string(),
  report: z.object({ additionalContext: z.record(z.string(), z.string()) }),
});
export type Problem = z.infer<typeof problemSchema>;
