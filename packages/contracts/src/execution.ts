import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { recipientSchema } from './recipient.ts';
import { finalStateSchema, channelSchema, laneSchema, reasonSchema } from './words.ts';

/** `POST /ajo/im/executions/unitary`: send a campaign to named recipients. */
export const unitaryRequestSchema = z.object({
  /** The caller's unique id: the same id with the same body is answered again, never sent again. */
  requestId: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
  campaignId: z.string().min(1).max(100),
  recipients: z.array(recipientSchema).min(1).max(LIMITS.recipientsPerCall),
});
export type UnitaryRequest = z.infer<typeof unitaryRequestSchema>;

/** The 202 body of the execution API. Times are ISO 8601. */
export const executionAcceptedSchema = z.object({
  executionId: z.string(),
  requestId: z.string(),
  createdAt: z.iso.datetime(),
  /** The id of the key that made the call. */
  createdBy: z.string(),
  modifiedAt: z.iso.datetime(),
  modifiedBy: z.string(),
});
export type ExecutionAccepted = z.infer<typeof executionAcceptedSchema>;

/** Where a message is: in one of the five final states, or on its way. */
export const messageStateSchema = z.enum(['accepted', 'sending', 'retrying', ...finalStateSchema.options]);
export type MessageState = z.infer<typeof messageStateSchema>;

/** One step of a message's time line. */
export const timelineEntrySchema = z.object({
  /** `accepted`, `resolved`, `rendered`, `claimed`, `taken-over`, `retry`, or a final state. */
  step: z.string(),
  at: z.iso.datetime(),
  /** Milliseconds since the step before. */
  ms: z.number(),
  attempt: z.number().int().optional(),
  provider: z.string().optional(),
  reason: reasonSchema.optional(),
});

/** `GET /v1/messages/{id}`. */
export const messageViewSchema = z.object({
  messageId: z.string(),
  executionId: z.string(),
  requestId: z.string(),
  campaignId: z.string(),
  campaignVersion: z.number().int(),
  channel: channelSchema,
  lane: laneSchema,
  /** The recipient's place in the call, from 0. */
  recipientIndex: z.number().int(),
  state: messageStateSchema,
  reason: reasonSchema.optional(),
  /** Which missing attribute, which SMTP code: never content, never an address. */
  detail: z.string().optional(),
  attempts: z.number().int(),
  provider: z.string().optional(),
  /** The id under which the provider accepted it. */
  providerMessageId: z.string().optional(),
  acceptedAt: z.iso.datetime(),
  deadline: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  timeline: z.array(timelineEntrySchema),
});
export type MessageView = z.infer<typeof messageViewSchema>;

/** `GET /v1/executions/{id}`. */
export const executionViewSchema = z.object({
  executionId: z.string(),
  requestId: z.string(),
  campaignId: z.string(),
  campaignVersion: z.number().int(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  deadline: z.iso.datetime(),
  /** False while the call that made it was not yet answered. */
  confirmed: z.boolean(),
  /** How many of its messages are in each state. */
  states: z.partialRecord(messageStateSchema, z.number().int()),
  messages: z.array(messageViewSchema),
});
export type ExecutionView = z.infer<typeof executionViewSchema>;
