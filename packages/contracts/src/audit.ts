import { z } from 'zod';

export const auditObjectSchema = z.enum(['campaign', 'surface', 'key', 'suppression', 'profile', 'webhook']);

/** One change: never what it says, nor an address. */
export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    keyId: z.string().describe('The key that made the change; `herald`: the system itself.'),
    action: z.string().describe('As in `create`, `change`, `activate`, `revoke`.'),
    objectType: auditObjectSchema,
    objectId: z.string().describe('Of a suppression, a hash in place of the address.'),
    version: z.number().int().optional().describe('Of a campaign, the version that was newest after it.'),
    fields: z.array(z.string()).describe('The names of the fields that it changed.'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntrySchema>;
