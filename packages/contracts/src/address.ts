import { z } from 'zod';
import { LIMITS } from './limits.ts';
import type { Channel } from './words.ts';

/** A value without control characters: nothing a caller sends can end a header line. */
export const NO_CONTROL = /^[^\p{Cc}\u2028\u2029]*$/u;

/** Text that can stand in a header. */
export const headerTextSchema = (max: number) =>
  z.string().max(max).regex(NO_CONTROL, 'must not contain control characters');

/** An address that a mail server takes without SMTPUTF8. Parsed here once; everything behind this edge trusts it. */
export const emailAddressSchema = z
  .string()
  .max(LIMITS.addressLength)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    'must be an email address in ASCII, for example ada@example.com',
  );

/**
 * An address in the form in which addresses are compared, wherever Herald compares any: trimmed, and email addresses in
 * lower case. `channel` is that of the address; undefined for names that are no address.
 */
export const comparedAddress = (channel: Channel | undefined, address: string): string =>
  channel === 'email' ? address.trim().toLowerCase() : address.trim();

/** A phone number in E.164. */
export const phoneNumberSchema = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number in E.164, for example +4520123456');

/**
 * Where a push goes, as `PushSubscription.toJSON()` gives it in a browser. The keys are base64url: an uncompressed
 * P-256 point of 65 bytes, and a secret of 16.
 */
export const pushSubscriptionSchema = z.object({
  endpoint: z
    .url({ protocol: /^https$/, error: 'must be an https URL' })
    .max(2_000)
    .regex(/^[\x21-\x7e]+$/, 'must be an https URL'),
  keys: z.object({
    p256dh: z.string().regex(/^[A-Za-z0-9_-]{87}=?$/, 'must be a P-256 public key in base64url'),
    auth: z.string().regex(/^[A-Za-z0-9_-]{22}(?:==)?$/, 'must be 16 bytes in base64url'),
  }),
});
export type PushSubscription = z.infer<typeof pushSubscriptionSchema>;

export const pushInfoSchema = z
  .object({
    appID: z.string().max(200).optional(),
    platform: z.string().min(1).max(40).describe('`web`: the only one that Herald can push to today.'),
    token: z.string().min(1).max(4_096).describe('A `PushSubscription` as JSON, as a browser gives it.'),
  })
  .meta({ id: 'PushInfo', description: 'One device of a recipient.' });
export type PushInfo = z.infer<typeof pushInfoSchema>;

/** The subscription in a push token; undefined when it is none. */
export function parsePushToken(token: string): PushSubscription | undefined {
  try {
    const parsed = pushSubscriptionSchema.safeParse(JSON.parse(token));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Where a message is delivered: an email address, a phone number, or the endpoint of a push subscription. */
export const deliveryAddressSchema = z
  .string()
  .min(1)
  .max(2_000)
  .regex(NO_CONTROL, 'must not contain control characters');

const ADDRESS_SCHEMAS: Record<Channel, z.ZodType<string>> = {
  email: emailAddressSchema,
  sms: phoneNumberSchema,
  push: pushSubscriptionSchema.shape.endpoint,
};
/** The form that a channel's addresses have. */
export const addressSchemaOf = (channel: Channel): z.ZodType<string> => ADDRESS_SCHEMAS[channel];
