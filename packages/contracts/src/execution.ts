import { z } from 'zod';
import { bounceTypeSchema } from './feedback.ts';
import { LIMITS } from './limits.ts';
import { marksSchema } from './envelope.ts';
import { recipientSchema } from './recipient.ts';
import { finalStateSchema, channelSchema, laneSchema, reasonSchema } from './words.ts';

/** `POST /ajo/im/executions/unitary`: send a campaign to named recipients. */
export const unitaryRequestSchema = z
  .object({
    requestId: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .describe("The caller's unique id: the same id with the same body is answered again, never sent again."),
    campaignId: z.string().min(1).max(100),
    recipients: z.array(recipientSchema).min(1).max(LIMITS.recipientsPerCall),
    dryRun: z
      .boolean()
      .optional()
      .describe('Do everything but call the provider: each message that would be sent ends as `excluded`/`dry-run`.'),
  })
  .meta({
    id: 'UnitaryRequest',
    examples: [
      {
        requestId: '7c1d4f0a',
        campaignId: '0198c5d2-5c1e-7d04-9f0b-2f6f8f1f7a11',
        recipients: [
          {
            type: 'external',
            userId: 'ada@example.com',
            namespace: 'email',
            context: { name: 'Ada', resetUrl: 'https://accounts.example/reset?token=abc' },
          },
        ],
      },
    ],
  });
/** `POST /ajo/im/executions/highthroughput`: the same, for recipients without profiles alone. */
export const highThroughputRequestSchema = z
  .object({
    ...unitaryRequestSchema.shape,
    recipients: z
      .array(recipientSchema.extend({ type: z.literal('external') }).meta({ id: 'ExternalRecipient' }))
      .min(1)
      .max(LIMITS.recipientsPerCall),
  })
  .meta({ id: 'HighThroughputRequest' });
export type UnitaryRequest = z.infer<typeof unitaryRequestSchema>;

/** A recipient of an accepted call who was not accepted. */
export const rejectedRecipientSchema = z
  .object({
    recipientIndex: z.number().int().describe("The recipient's place in the call, from 0."),
    reason: z.literal('profile-unknown').describe('No profile has this identity, and the campaign creates none.'),
  })
  .meta({ id: 'RejectedRecipient' });
export type RejectedRecipient = z.infer<typeof rejectedRecipientSchema>;

/** The 202 body of the execution API. Times are ISO 8601. */
export const executionAcceptedSchema = z
  .object({
    executionId: z.string(),
    requestId: z.string(),
    createdAt: z.iso.datetime(),
    createdBy: z.string().describe('The id of the key that made the call.'),
    modifiedAt: z.iso.datetime(),
    modifiedBy: z.string(),
    rejected: z
      .array(rejectedRecipientSchema)
      .optional()
      .describe('Recipients of the call who are not sent anything; all others are. Absent: there are none.'),
    dryRun: marksSchema.shape.dryRun.describe('The call said so: nothing will be sent.'),
  })
  .meta({ id: 'ExecutionAccepted', description: 'Every message of the call is on disk.' });
export type ExecutionAccepted = z.infer<typeof executionAcceptedSchema>;

export const messageStateSchema = z.enum(['accepted', 'sending', 'retrying', ...finalStateSchema.options]).meta({
  id: 'MessageState',
  description: `Where a message is: on its way, or in one of the five final states ${finalStateSchema.options.map((state) => `\`${state}\``).join(', ')}.`,
});
export type MessageState = z.infer<typeof messageStateSchema>;

export const timelineEntrySchema = z
  .object({
    step: z
      .string()
      .describe(
        '`accepted`, `resolved`, `rendered`, `claimed`, `taken-over`, `retry`, `replayed`, or a final state; and what the provider said later: `delivered`, `bounced`, `complained`.',
      ),
    at: z.iso.datetime(),
    ms: z.number().describe('Milliseconds since the step before.'),
    attempt: z.number().int().optional(),
    provider: z.string().optional(),
    reason: reasonSchema.optional(),
    bounce: bounceTypeSchema.optional(),
    detail: z.string().optional().describe('Of what the provider said later: its reply code.'),
  })
  .meta({ id: 'TimelineEntry', description: "One step of a message's time line." });

const marks = {
  dryRun: marksSchema.shape.dryRun.describe('Everything is done but calling the provider.'),
  proof: marksSchema.shape.proof.describe('Sent by an author to look at.'),
};

/** `GET /v1/messages/{id}`. */
export const messageViewSchema = z
  .object({
    messageId: z.string(),
    executionId: z.string(),
    requestId: z.string(),
    campaignId: z.string(),
    campaignVersion: z.number().int(),
    channel: channelSchema,
    lane: laneSchema,
    ...marks,
    recipientIndex: z.number().int().describe("The recipient's place in the call, from 0."),
    state: messageStateSchema,
    reason: reasonSchema.optional(),
    detail: z
      .string()
      .optional()
      .describe('Which missing attribute, which SMTP code: never content, never an address.'),
    attempts: z.number().int().describe('Calls of a provider in the newest round.'),
    provider: z.string().optional(),
    providerMessageId: z.string().optional().describe('The id under which the provider accepted it.'),
    acceptedAt: z.iso.datetime(),
    deadline: z.iso.datetime().describe('Past it the message is not sent any more.'),
    endedAt: z.iso.datetime().optional(),
    timeline: z.array(timelineEntrySchema),
  })
  .meta({ id: 'Message', description: 'One recipient of an accepted call.' });
export type MessageView = z.infer<typeof messageViewSchema>;

/** `GET /v1/executions/{id}`. */
export const executionViewSchema = z
  .object({
    executionId: z.string(),
    requestId: z.string(),
    campaignId: z.string(),
    campaignVersion: z.number().int(),
    createdAt: z.iso.datetime(),
    createdBy: z.string().describe('The id of the key that made the call.'),
    ...marks,
    deadline: z.iso.datetime(),
    confirmed: z.boolean().describe('False while the call that made it was not yet answered.'),
    states: z
      .partialRecord(messageStateSchema, z.number().int())
      .describe('How many of its messages are in each state.'),
    messages: z.array(messageViewSchema),
  })
  .meta({ id: 'Execution', description: 'One accepted call, and what became of each of its recipients.' });
export type ExecutionView = z.infer<typeof executionViewSchema>;

/** `DELETE /v1/executions/{id}`. */
export const cancellationViewSchema = z
  .object({
    executionId: z.string(),
    messages: z.array(
      z.object({
        messageId: z.string(),
        recipientIndex: z.number().int(),
        stopped: z.boolean().describe('It was not sent, and will not be.'),
        state: messageStateSchema,
        reason: reasonSchema.optional(),
      }),
    ),
  })
  .meta({ id: 'Cancellation' });
export type CancellationView = z.infer<typeof cancellationViewSchema>;
