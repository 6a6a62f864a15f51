import { z } from 'zod';

/** `GET /health/ready`. */
export const readinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.record(
      z.string(),
      z.object({ ok: z.boolean(), detail: z.string().optional().describe('Why not, in words that anybody may read.') }),
    ),
  })
  .meta({ id: 'Readiness' });
