import { z } from 'zod';
import { emailAddressSchema } from './recipient.ts';
import { channelSchema } from './words.ts';

/** Text that can stand in a header: no control characters. */
const headerText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must not contain control characters');

/** What a caller sends to create or replace a surface: how a channel's messages are sent. */
export const surfaceInputSchema = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/, 'must start with a letter; then letters, digits, "_", "." or "-"'),
  channel: channelSchema,
  status: z.enum(['active', 'inactive']).default('active'),
  sender: z.strictObject({
    name: headerText(100).default(''),
    address: emailAddressSchema,
  }),
  replyTo: emailAddressSchema.optional(),
  /** The provider that sends: the name of one that this installation configures. */
  provider: z.string().min(1).max(60).default('smtp'),
});
export type SurfaceInput = z.infer<typeof surfaceInputSchema>;

export const surfaceSchema = surfaceInputSchema.extend({
  id: z.string(),
  /** Counts the changes; also the ETag. */
  revision: z.number().int(),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
});
export type Surface = z.infer<typeof surfaceSchema>;
