import { z } from 'zod';
import { emailAddressSchema, headerTextSchema } from './address.ts';
import { retryMsSchema } from './retry.ts';

export const surfaceStatusSchema = z.enum(['active', 'inactive']);

const common = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/, 'must start with a letter; then letters, digits, "_", "." or "-"'),
  status: surfaceStatusSchema
    .default('active')
    .describe('Campaigns on a surface that is not active cannot be activated.'),
  retryMs: retryMsSchema
    .optional()
    .describe(
      'Milliseconds to wait before the second attempt, the third, and so on, where the campaign does not say: each a rung of the ladder (`HERALD_LADDER_MS`). Absent: as the installation is configured. It counts for calls that are accepted from then on.',
    ),
});

export const providerNameSchema = z
  .string()
  .max(60)
  .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/, 'must start with a letter; then letters, digits, "_", "." or "-"');

const providers = (preset: string) =>
  z
    .array(providerNameSchema)
    .min(1)
    .max(5)
    .refine((names) => new Set(names).size === names.length, 'must name each provider once')
    .default([preset])
    .describe(
      'The providers that send, by the names that this installation configures, in the order in which they are tried: the first one that works takes the message.',
    );

const emailInput = common.extend({
  channel: z.literal('email'),
  sender: z.strictObject({
    name: headerTextSchema(100).default(''),
    address: emailAddressSchema,
  }),
  replyTo: emailAddressSchema.optional(),
  providers: providers('smtp'),
});

const smsInput = common.extend({
  channel: z.literal('sms'),
  sender: z.strictObject({
    from: z
      .string()
      .regex(
        /^(?:\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-f]{32}|(?=[^\n]*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
        'must be a phone number in E.164, a short code, a sender name of at most 11 letters and digits, or a messaging service',
      )
      .describe(
        'A number in E.164, a short code, a name of up to 11 letters and digits, or a Twilio messaging service (`MG…`).',
      ),
  }),
  providers: providers('twilio'),
});

const pushInput = common.extend({
  channel: z.literal('push'),
  urgency: z
    .enum(['very-low', 'low', 'normal', 'high'])
    .default('high')
    .describe('How soon a device that saves power is woken (RFC 8030, 5.3).'),
  providers: providers('web-push'),
});

export const surfaceInputSchema = z
  .discriminatedUnion('channel', [
    emailInput.meta({ id: 'EmailSurfaceInput' }),
    smsInput.meta({ id: 'SmsSurfaceInput' }),
    pushInput.meta({ id: 'PushSurfaceInput' }),
  ])
  .meta({ id: 'SurfaceInput', description: "How a channel's messages are sent." });
export type SurfaceInput = z.infer<typeof surfaceInputSchema>;

const stored = {
  id: z.string(),
  revision: z.number().int().describe('Counts the changes; also the ETag.'),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
};
export const surfaceSchema = z
  .discriminatedUnion('channel', [
    emailInput.extend(stored).meta({ id: 'EmailSurface' }),
    smsInput.extend(stored).meta({ id: 'SmsSurface' }),
    pushInput.extend(stored).meta({ id: 'PushSurface' }),
  ])
  .meta({ id: 'Surface', description: "How a channel's messages are sent." });
export type Surface = z.infer<typeof surfaceSchema>;
export type SurfaceOf<C extends Surface['channel']> = Extract<Surface, { channel: C }>;
