import { z } from 'zod';

/** What a provider can say of a message after it took it. */
export const FEEDBACK_KINDS = ['delivered', 'bounced', 'complained'] as const;
export const feedbackKindSchema = z.enum(FEEDBACK_KINDS);
export type FeedbackKind = z.infer<typeof feedbackKindSchema>;

export const bounceTypeSchema = z.enum(['hard', 'soft', 'blocked']).meta({
  id: 'BounceType',
  description:
    '`hard`: nobody is reached there. `soft`: it was not possible this time. `blocked`: for a reason that is not the address’s, such as the sender or the content; it never counts against the address.',
});
export type BounceType = z.infer<typeof bounceTypeSchema>;

const idSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** One thing that a provider says of one message: `POST /feedback/{provider}`. */
export const feedbackItemSchema = z
  .strictObject({
    messageId: idSchema
      .optional()
      .describe('Herald’s id of the message. An email has it in its `Message-ID`, before the `@`.'),
    providerMessageId: idSchema.optional().describe('In its place: the id under which the provider took the message.'),
    kind: feedbackKindSchema,
    type: z
      .enum(['hard', 'soft'])
      .optional()
      .describe('Of a bounce. Absent: it follows from a reply code in `code` or `detail`, else it is `soft`.'),
    at: z.iso.datetime({ offset: true }).optional().describe('When it happened. Absent: now.'),
    code: z.string().max(60).optional().describe('A reply code, as `550 5.1.1`, or an error code of the provider.'),
    detail: z.string().max(500).optional().describe('Looked at for reply codes; nothing else of it is kept.'),
    id: idSchema
      .max(100)
      .optional()
      .describe('The same for each repeat of the same thing. Absent: there is one of each kind and type per message.'),
  })
  .refine(({ messageId, providerMessageId }) => (messageId === undefined) !== (providerMessageId === undefined), {
    error: 'must have either messageId or providerMessageId',
  })
  .meta({ id: 'FeedbackItem' });
export type FeedbackItem = z.infer<typeof feedbackItemSchema>;

export const feedbackItemsSchema = z.array(feedbackItemSchema).min(1).max(1_000);

/** What became of the things that were said. */
export const feedbackTakenSchema = z
  .object({
    taken: z.number().int().describe('They are on disk, now or before.'),
    dropped: z
      .number()
      .int()
      .describe('They are about no message that whoever says it may speak of, or say nothing: none of them is kept.'),
  })
  .meta({ id: 'FeedbackTaken' });
export type FeedbackTaken = z.infer<typeof feedbackTakenSchema>;
