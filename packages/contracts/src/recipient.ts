import { z } from 'zod';
import { LIMITS } from './limits.ts';

/** A value without control characters: nothing a caller sends can end a header line. */
const NO_CONTROL = /^[^\p{Cc}\u2028\u2029]*$/u;

/** An address that a mail server takes without SMTPUTF8. Parsed here once; everything behind this edge trusts it. */
export const emailAddressSchema = z
  .string()
  .max(LIMITS.addressLength)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    'must be an email address in ASCII, for example ada@example.com',
  );

/** Attribute values of a profile: strings, or objects of them as in XDM (`person.name.firstName`). */
const jsonRecordSchema = z.record(z.string().max(200), z.json());

export const recipientSchema = z.object({
  /** `aep`: look a profile up; `external`: no profile is read or written. */
  type: z.enum(['aep', 'external']),
  /** The recipient's identity in `namespace`; unique inside a call. */
  userId: z.string().min(1).max(320).regex(NO_CONTROL, 'must not contain control characters'),
  /** How `userId` identifies: `email`, or a namespace of your own. Compared in lower case. */
  namespace: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[A-Za-z0-9_.-]+$/, 'must be letters, digits, "_", "." or "-"'),
  mergePolicyName: z.string().max(200).optional(),
  mergePolicySchema: z.string().max(200).optional(),
  /** Overrides the delivery address for this message alone. */
  channelData: z.object({ emailAddress: emailAddressSchema.optional() }).optional(),
  /** Attributes that override the profile's for this message alone; they are not stored. */
  profile: jsonRecordSchema.optional(),
  /** Values for this message alone: `{{context.name}}`. At most 200 kB of JSON; `context.system` is reserved. */
  context: jsonRecordSchema.optional(),
});
export type Recipient = z.infer<typeof recipientSchema>;
