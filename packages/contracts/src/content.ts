import { z } from 'zod';
import { NO_CONTROL } from './address.ts';
import { LIMITS } from './limits.ts';
import type { Channel } from './words.ts';

const template = (max: number) => z.string().min(1).max(max);

/** Headers that say who sends what to whom, or how it is written: the surface, the recipient and Herald decide these. */
const RESERVED_HEADER =
  /^(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|return-path|received|mime-version|content-.*|resent-.*|dkim-.*|arc-.*|domainkey-.*|authentication-results|delivered-to|x-herald-.*)$/i;

const headersSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,59}$/, 'must be a name of letters, digits and "-"')
      .refine((name) => !RESERVED_HEADER.test(name), 'is a header that Herald writes'),
    z.string().min(1).max(500).regex(NO_CONTROL, 'must not contain control characters'),
  )
  .refine((headers) => Object.keys(headers).length <= 10, 'must have at most 10 headers')
  .refine((headers) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    return new Set(names).size === names.length;
  }, 'must not have one header twice');

export const emailContentSchema = z
  .strictObject({
    subject: template(2_000),
    html: template(LIMITS.contentBytes),
    text: template(LIMITS.contentBytes).optional().describe('The text alternative; made from the HTML when absent.'),
    preheader: template(500)
      .optional()
      .describe('What a mail client shows beside the subject: the first text of the HTML, and not seen in it.'),
    replyTo: template(500)
      .regex(NO_CONTROL, 'must not contain control characters')
      .optional()
      .describe(
        "Where answers go, in place of the surface's. What is no email address when it is rendered is left out.",
      ),
    headers: headersSchema
      .optional()
      .describe('Further headers, as in `X-Campaign` or `List-Unsubscribe`; each value is a template of one line.'),
  })
  .meta({ id: 'EmailContent', description: 'Every text is a template.' });
export type EmailContent = z.infer<typeof emailContentSchema>;

export const smsContentSchema = z
  .strictObject({ text: template(5_000) })
  .meta({ id: 'SmsContent', description: 'The text is a template.' });
export type SmsContent = z.infer<typeof smsContentSchema>;

export const pushContentSchema = z
  .strictObject({
    title: template(500),
    body: template(4_000),
    icon: template(2_000).optional().describe('A URL, https when it is rendered.'),
    image: template(2_000).optional().describe('A URL, https when it is rendered.'),
    link: template(2_000).optional().describe('What a click opens: a URL, https when it is rendered.'),
    actions: z
      .array(
        z.strictObject({
          action: z.string().regex(/^[\w-]{1,40}$/, 'must be letters, digits, "_" or "-"'),
          title: template(100),
          link: template(2_000).optional(),
        }),
      )
      .max(2)
      .optional(),
    data: z
      .record(z.string().regex(/^[\w.-]{1,60}$/), template(2_000))
      .optional()
      .describe("Handed to the page's service worker as it is."),
  })
  .meta({ id: 'PushContent', description: 'Every text is a template.' });
export type PushContent = z.infer<typeof pushContentSchema>;

/** What an author writes for each channel. Every text is a template. */
export const CONTENT_SCHEMAS = { email: emailContentSchema, sms: smsContentSchema, push: pushContentSchema } as const;
export type ContentOf<C extends Channel> = z.infer<(typeof CONTENT_SCHEMAS)[C]>;
export type ChannelContent = ContentOf<Channel>;

/** Content with every value merged in: what a sender sends. */
export const renderedContentSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('email'),
    subject: z.string(),
    html: z.string(),
    text: z.string(),
    replyTo: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ kind: z.literal('sms'), text: z.string() }),
  z.object({
    kind: z.literal('push'),
    title: z.string(),
    body: z.string(),
    icon: z.string().optional(),
    image: z.string().optional(),
    link: z.string().optional(),
    actions: z.array(z.object({ action: z.string(), title: z.string(), link: z.string().optional() })).optional(),
    data: z.record(z.string(), z.string()).optional(),
  }),
]);
export type RenderedContent = z.infer<typeof renderedContentSchema>;
export type RenderedOf<C extends Channel> = Extract<RenderedContent, { kind: C }>;
