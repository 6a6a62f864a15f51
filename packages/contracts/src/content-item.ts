import { z } from 'zod';
import { CONTENT_SCHEMAS } from './content.ts';
import { LIMITS } from './limits.ts';
import { channelSchema, type Channel } from './words.ts';

const named = {
  name: z.string().min(1).max(200),
  description: z.string().max(2_000).default(''),
};
const stored = {
  id: z.string(),
  revision: z.number().int().describe('Counts the changes; also the ETag.'),
  createdAt: z.iso.datetime(),
  createdBy: z.string().describe('The id of the key that created it.'),
  modifiedAt: z.iso.datetime(),
  modifiedBy: z.string(),
};

const templateOf = <C extends Channel>(channel: C) =>
  z.strictObject({ ...named, channel: z.literal(channel), content: CONTENT_SCHEMAS[channel] });

/** `POST` and `PUT /v1/templates`. */
export const templateInputSchema = z
  .discriminatedUnion('channel', [
    templateOf('email').meta({ id: 'EmailTemplateInput' }),
    templateOf('sms').meta({ id: 'SmsTemplateInput' }),
    templateOf('push').meta({ id: 'PushTemplateInput' }),
  ])
  .meta({ id: 'TemplateInput', description: 'Content to begin a campaign with: a campaign copies it.' });
export type TemplateInput = z.infer<typeof templateInputSchema>;

export const templateSchema = z
  .object({
    ...named,
    channel: channelSchema,
    content: z.union([CONTENT_SCHEMAS.email, CONTENT_SCHEMAS.sms, CONTENT_SCHEMAS.push]),
    ...stored,
  })
  .meta({ id: 'Template' });
export type Template = z.infer<typeof templateSchema>;

/** `POST` and `PUT /v1/fragments`. */
export const fragmentInputSchema = z
  .strictObject({
    ...named,
    type: z.enum(['html', 'expression']).default('html').describe('`html` belongs into email, `expression` anywhere.'),
    text: z
      .string()
      .min(1)
      .max(LIMITS.contentBytes)
      .describe('Put in the place of `{{> name}}` or `{{> id}}` as if it stood there; it may use fragments itself.'),
  })
  .meta({ id: 'FragmentInput' });
export type FragmentInput = z.infer<typeof fragmentInputSchema>;

export const fragmentSchema = z
  .object({
    ...fragmentInputSchema.shape,
    ...stored,
    published: z
      .object({ revision: z.number().int(), at: z.iso.datetime(), text: z.string() })
      .optional()
      .describe('What campaigns use from their next activation on; absent before the first publication.'),
  })
  .meta({ id: 'Fragment' });
export type Fragment = z.infer<typeof fragmentSchema>;
