import { z } from 'zod';
import { tenantSchema } from './words.ts';

export const scopeSchema = z.enum(['execute', 'read', 'control', 'approve', 'keys', 'feedback']).meta({
  id: 'Scope',
  description:
    '`execute`: the execution API. `read`: GET on everything else. `control`: change it. `approve`: decide about campaigns that others wrote. `keys`: keys of any sandbox. `feedback`: say how messages fared, for mail servers and mailboxes.',
});
export type Scope = z.infer<typeof scopeSchema>;

/** Calls per second. */
export const rateLimitSchema = z.number().int().min(1).max(100_000);

const rateLimit = rateLimitSchema
  .optional()
  .describe(
    'Calls per second and process, on average, with bursts of one second; more are answered with 429. Absent: the installation’s default.',
  );

/** `POST /v1/keys`. */
export const keyInputSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    scopes: z.array(scopeSchema).min(1),
    org: tenantSchema.shape.org.optional().describe("Absent: the caller's own."),
    sandbox: tenantSchema.shape.sandbox.optional().describe("Absent: the caller's own."),
    expiresAt: z.iso.datetime({ offset: true }).optional().describe('The key stops working then.'),
    rateLimit,
  })
  .meta({ id: 'KeyInput' });
export type KeyInput = z.infer<typeof keyInputSchema>;

export const keySchema = tenantSchema
  .extend({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scopeSchema),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
    revokedAt: z.iso.datetime().optional(),
    rateLimit,
  })
  .meta({ id: 'Key' });
export type Key = z.infer<typeof keySchema>;

/** `POST /v1/keys/{id}/rotate`. */
export const keyRotationSchema = z
  .strictObject({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(604_800)
      .default(3_600)
      .describe('How long the old key still works beside the new one, unless it ends earlier anyway.'),
    expiresAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .optional()
      .describe(
        'When the new key stops working; `null`: never. It must be said where the old key has an end date, which a rotation gives it too.',
      ),
  })
  .meta({ id: 'KeyRotation' });

/** What creates a key answers with it. */
export const createdKeySchema = keySchema
  .extend({ key: z.string().describe('The key itself: shown this once, and stored nowhere.') })
  .meta({ id: 'CreatedKey' });
export type CreatedKey = z.infer<typeof createdKeySchema>;
