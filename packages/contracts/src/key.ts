import { z } from 'zod';
import { tenantSchema } from './words.ts';

/** `execute`: the execution API. `read`: GET on everything else. `control`: change it. `keys`: keys of any sandbox. */
export const scopeSchema = z.enum(['execute', 'read', 'control', 'keys']);
export type Scope = z.infer<typeof scopeSchema>;

/** `POST /v1/keys`. */
export const keyInputSchema = z.strictObject({
  name: z.string().min(1).max(100),
  scopes: z.array(scopeSchema).min(1),
  org: tenantSchema.shape.org.optional(),
  sandbox: tenantSchema.shape.sandbox.optional(),
  /** The key stops working then. */
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type KeyInput = z.infer<typeof keyInputSchema>;

export const keySchema = tenantSchema.extend({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  revokedAt: z.iso.datetime().optional(),
});
export type Key = z.infer<typeof keySchema>;
