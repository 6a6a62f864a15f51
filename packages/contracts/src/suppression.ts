import { z } from 'zod';
import { deliveryAddressSchema } from './address.ts';
import { shownAs } from './shown-as.ts';
import { channelSchema } from './words.ts';

/** The address on the list that a path names. */
export const suppressionParamsSchema = z.strictObject({
  channel: channelSchema,
  address: z
    .string()
    .trim()
    .pipe(deliveryAddressSchema)
    .register(shownAs, { type: 'string', minLength: 1, maxLength: 2_000 })
    .describe(
      'An address of the channel: an email address, a phone number in E.164, or the endpoint of a push subscription. Compared trimmed, and email addresses in lower case.',
    ),
});

/** `POST /v1/suppressions`. */
export const suppressionInputSchema = suppressionParamsSchema
  .extend({ reason: z.string().min(1).max(200).default('manual') })
  .meta({ id: 'SuppressionInput' });

/** What identifies an entry. */
export const suppressedSchema = z
  .object({ channel: channelSchema, address: z.string() })
  .meta({ id: 'Suppressed', description: 'The address is on the list; the first entry of an address is kept.' });

export const suppressionSchema = suppressedSchema
  .extend({ reason: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: 'Suppression' });
