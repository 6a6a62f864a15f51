import { z } from 'zod';
import { emailAddressSchema, NO_CONTROL, phoneNumberSchema, pushInfoSchema } from './address.ts';

/** Attribute values of a profile: JSON, in names or paths as in XDM (`person.name.firstName`). */
export const attributesSchema = z.record(z.string().max(200), z.json());

export const namespaceSchema = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[A-Za-z0-9_.-]+$/, 'must be letters, digits, "_", "." or "-"');

export const identityValueSchema = z.string().min(1).max(320).regex(NO_CONTROL, 'must not contain control characters');

export const recipientSchema = z.object({
  /** `aep`: look a profile up; `external`: no profile is read or written. */
  type: z.enum(['aep', 'external']),
  /** The recipient's identity in `namespace`; unique inside a call. */
  userId: identityValueSchema,
  /** How `userId` identifies: `email`, `phone`, `ecid`, or a namespace of your own. Compared in lower case. */
  namespace: namespaceSchema,
  mergePolicyName: z.string().max(200).optional(),
  mergePolicySchema: z.string().max(200).optional(),
  /** Overrides the delivery address for this message alone. */
  channelData: z
    .object({
      emailAddress: emailAddressSchema.optional(),
      mobilePhoneNumber: phoneNumberSchema.optional(),
      pushInfo: pushInfoSchema.optional(),
    })
    .optional(),
  /** Attributes that override the profile's for this message alone; they are not stored. */
  profile: attributesSchema.optional(),
  /** Values for this message alone: `{{context.name}}`. At most 200 kB of JSON; `context.system` is reserved. */
  context: attributesSchema.optional(),
});
export type Recipient = z.infer<typeof recipientSchema>;
