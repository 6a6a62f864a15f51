import { z } from 'zod';
import { emailAddressSchema, headerTextSchema } from './address.ts';

const common = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/, 'must start with a letter; then letters, digits, "_", "." or "-"'),
  status: z.enum(['active', 'inactive']).default('active'),
});

/** The provider that sends: the name of one that this installation configures. */
const provider = (preset: string) => z.string().min(1).max(60).default(preset);

const emailInput = common.extend({
  channel: z.literal('email'),
  sender: z.strictObject({
    name: headerTextSchema(100).default(''),
    address: emailAddressSchema,
  }),
  replyTo: emailAddressSchema.optional(),
  provider: provider('smtp'),
});

const smsInput = common.extend({
  channel: z.literal('sms'),
  sender: z.strictObject({
    /** A number in E.164, a short code, a name of up to 11 letters and digits, or a Twilio messaging service (`MG…`). */
    from: z
      .string()
      .regex(
        /^(?:\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-f]{32}|(?=[^\n]*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
        'must be a phone number in E.164, a short code, a sender name of at most 11 letters and digits, or a messaging service',
      ),
  }),
  provider: provider('twilio'),
});

const pushInput = common.extend({
  channel: z.literal('push'),
  /** How soon a device that saves power is woken (RFC 8030, 5.3). */
  urgency: z.enum(['very-low', 'low', 'normal', 'high']).default('high'),
  provider: provider('web-push'),
});

/** What a caller sends to create or replace a surface: how a channel's messages are sent. */
export const surfaceInputSchema = z.discriminatedUnion('channel', [emailInput, smsInput, pushInput]);
export type SurfaceInput = z.infer<typeof surfaceInputSchema>;

const stored = {
  id: z.string(),
  /** Counts the changes; also the ETag. */
  revision: z.number().int(),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
};
export const surfaceSchema = z.discriminatedUnion('channel', [
  emailInput.extend(stored),
  smsInput.extend(stored),
  pushInput.extend(stored),
]);
export type Surface = z.infer<typeof surfaceSchema>;
export type SurfaceOf<C extends Surface['channel']> = Extract<Surface, { channel: C }>;
