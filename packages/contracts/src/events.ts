import { z } from 'zod';
import { messageBaseSchema } from './envelope.ts';
import { deliveryAddressSchema, pushSubscriptionSchema } from './address.ts';
import { renderedContentSchema } from './content.ts';
import { identityValueSchema, namespaceSchema, recipientSchema } from './recipient.ts';
import { finalStateSchema, positionSchema, reasonSchema, tenantSchema } from './words.ts';

/** Written by ingress: one recipient of an accepted call, with a profile to resolve. */
export const executionRequestedV1 = messageBaseSchema.extend({ recipient: recipientSchema });
export type ExecutionRequestedV1 = z.infer<typeof executionRequestedV1>;

const attributesSchema = z.record(z.string(), z.json());

/** Of a push to somebody with a profile: by which name a device that is gone is taken off it. */
const profileIdentitySchema = z.object({ namespace: namespaceSchema, value: identityValueSchema });

/** Written by profile, or by ingress for a recipient without profile: who, where to, and every value to merge. */
export const messageResolvedV1 = messageBaseSchema.extend({
  /** The delivery address; absent when neither the call nor the profile has one. */
  address: deliveryAddressSchema.optional(),
  /** The keys that belong to the address of a push. */
  pushKeys: pushSubscriptionSchema.shape.keys.optional(),
  identity: profileIdentitySchema.optional(),
  profile: attributesSchema,
  context: attributesSchema,
});
export type MessageResolvedV1 = z.infer<typeof messageResolvedV1>;

/** Written by render: what a sender sends. */
export const messageRenderedV1 = messageBaseSchema.extend({
  address: deliveryAddressSchema,
  pushKeys: pushSubscriptionSchema.shape.keys.optional(),
  identity: profileIdentitySchema.optional(),
  surfaceId: z.string(),
  content: renderedContentSchema,
});
export type MessageRenderedV1 = z.infer<typeof messageRenderedV1>;

/** Written by whoever ends a message, after the ledger has the result. Its id is fixed, so a repeat is harmless. */
export const messageStatusV1 = messageBaseSchema.extend({
  ...tenantSchema.shape,
  messageId: z.string(),
  round: z.number().int(),
  attempt: z.number().int(),
  state: finalStateSchema,
  reason: reasonSchema,
  provider: z.string().optional(),
  /** The id under which the provider accepted it. */
  providerMessageId: z.string().optional(),
  /** Milliseconds since the epoch. */
  at: z.number().int(),
});
export type MessageStatusV1 = z.infer<typeof messageStatusV1>;

/** The headers that a dead letter adds to the unchanged record. No content, no address. */
export const deadLetterHeadersSchema = z.object({
  'dead-id': z.string(),
  'dead-reason': reasonSchema,
  /** Which stage gave up: profile, render, sender-email, scheduler. */
  'dead-stage': z.string(),
  /** A coded description, for example which header did not parse. */
  'dead-detail': z.string(),
  'dead-at': z.coerce.number().int(),
  'dead-attempts': z.coerce.number().int(),
  /** Where the record lay, as topic/partition/offset. */
  'dead-source': z.string(),
  'dead-campaign': z.string().optional(),
  /** Of a bug: places in Herald's own code, `file:line` each, the innermost first. */
  'dead-stack': z.string().optional(),
});

/** What somebody did about a dead letter; times are milliseconds since the epoch. */
export const resolutionSchema = z.object({
  kind: z.enum(['replayed', 'discarded']),
  at: z.number().int(),
  by: z.string().describe('The id of the key.'),
  note: z.string().optional(),
  round: z.number().int().optional().describe('The round that was opened.'),
  deadline: z.number().int().optional(),
  notBefore: z.number().int().optional(),
});
export type Resolution = z.infer<typeof resolutionSchema>;

/** A message that was given up, as the store keeps it. Absent org and sandbox: it was not readable as a message. */
export const deadLetterSchema = z.object({
  id: z.string(),
  org: z.string().optional(),
  sandbox: z.string().optional(),
  messageId: z.string().optional(),
  campaignId: z.string().optional(),
  reason: reasonSchema,
  stage: z.string(),
  detail: z.string(),
  attempts: z.number().int(),
  stack: z
    .array(z.string())
    .optional()
    .describe("Of a bug: the places in Herald's own code, as `file:line`, the innermost first."),
  /** Milliseconds since the epoch. */
  at: z.number().int(),
  /** Where the unchanged record lies on the dead-letter topic. */
  position: positionSchema,
  resolution: resolutionSchema.optional(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Every event type that Herald writes, by its name on the topic. A new version is a new name beside the old one. */
export const EVENTS = {
  'execution.requested.v1': executionRequestedV1,
  'message.resolved.v1': messageResolvedV1,
  'message.rendered.v1': messageRenderedV1,
  'message.status.v1': messageStatusV1,
} as const;
export type EventType = keyof typeof EVENTS;
export type EventBody<T extends EventType> = z.infer<(typeof EVENTS)[T]>;
