import { emailAddressSchema, phoneNumberSchema } from '@herald/contracts';
import { z } from 'zod';

/** No format is longer. */
const LONGEST = 4_000;

const SCHEMAS: Readonly<Record<string, z.ZodType<string>>> = {
  date: z.iso.date(),
  'date-time': z.iso.datetime({ offset: true }),
  email: emailAddressSchema,
  phone: phoneNumberSchema,
  uri: z.url({ protocol: /^[a-z][a-z0-9+.-]*$/ }).regex(/^[\x21-\x7e]+$/),
  uuid: z.uuid(),
};

/** What `format` can name; `phone` is Herald's own: E.164. */
export const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map(
  Object.entries(SCHEMAS).map(([name, schema]) => [
    name,
    (text: string) => text.length <= LONGEST && schema.safeParse(text).success,
  ]),
);
