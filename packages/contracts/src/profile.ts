import { z } from 'zod';
import { attributesSchema } from './json.ts';
import { identityValueSchema, namespaceSchema } from './recipient.ts';

/** The identity in the path of a profile. */
export const identityParamsSchema = z.strictObject({
  namespace: namespaceSchema.describe('`email`, `phone`, `ecid`, or a name of your own.'),
  value: identityValueSchema,
});

/** `PUT /v1/profiles/{namespace}/{value}`. */
export const profileInputSchema = z
  .strictObject({
    attributes: attributesSchema.describe('Nested objects as in XDM, or dotted names, which are nested.'),
    identities: z
      .array(identityParamsSchema)
      .max(20)
      .optional()
      .describe('Further names of the same person. They are added to those that the profile has.'),
  })
  .meta({ id: 'ProfileInput', examples: [{ attributes: { 'person.name.firstName': 'Ada' } }] });

export const profileSchema = z
  .object({
    id: z.string(),
    identities: z.array(z.object({ namespace: z.string(), value: z.string() })),
    attributes: z.record(z.string(), z.unknown()),
    dataset: z.string().optional().describe('Of a profile that a call created.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Profile' });
