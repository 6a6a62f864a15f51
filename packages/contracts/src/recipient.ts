import { z } from 'zod';
import { emailAddressSchema, NO_CONTROL, phoneNumberSchema, pushInfoSchema } from './address.ts';
import { attributesSchema } from './json.ts';

export const namespaceSchema = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[A-Za-z0-9_.-]+$/, 'must be letters, digits, "_", "." or "-"');

export const identityValueSchema = z.string().min(1).max(320).regex(NO_CONTROL, 'must not contain control characters');

export const recipientSchema = z
  .object({
    type: z
      .enum(['aep', 'external'])
      .describe('`aep`: a profile is looked up, or created where the campaign says so. `external`: no profile.'),
    userId: identityValueSchema.describe("The recipient's identity in `namespace`; unique inside a call."),
    namespace: namespaceSchema.describe(
      'How `userId` identifies: `email`, `phone`, `ecid`, or a name of your own. Compared in lower case.',
    ),
    mergePolicyName: z.string().max(200).optional().describe('Taken, and not used: there is one profile per identity.'),
    mergePolicySchema: z.string().max(200).optional().describe('Taken, and not used.'),
    channelData: z
      .object({
        emailAddress: emailAddressSchema.optional(),
        mobilePhoneNumber: phoneNumberSchema.optional(),
        pushInfo: pushInfoSchema.optional(),
      })
      .optional()
      .describe('Overrides the delivery address for this message alone.'),
    profile: attributesSchema
      .optional()
      .describe(
        "Attributes that override the profile's for this message alone; they are not stored. At most 200 kB of JSON.",
      ),
    context: attributesSchema
      .optional()
      .describe(
        'Values for this message alone: `{{context.name}}`. At most 200 kB of JSON; `context.system` is reserved.',
      ),
  })
  .meta({ id: 'Recipient' });
export type Recipient = z.infer<typeof recipientSchema>;
