import { z } from 'zod';
import { deliveryAddressSchema } from './address.ts';
import { channelSchema } from './words.ts';

/** The address on the list that a path names. */
export const suppressionParamsSchema = z.strictObject({
  channel: channelSchema,
  address: z
    .string()
    .trim()
    .pipe(deliveryAddressSchema)
    .describe('Compared trimmed, and email addresses in lower case.'),
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
