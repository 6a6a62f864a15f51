import { z } from 'zod';
import { bounceTypeSchema } from './feedback.ts';
import { channelSchema, finalStateSchema, laneSchema, reasonSchema } from './words.ts';

/** What a webhook can be told of: how messages ended, what was heard of them later, and what an operator must know. */
export const WEBHOOK_EVENT_TYPES = [
  'message.sent',
  'message.failed',
  'message.excluded',
  'message.expired',
  'message.dead',
  'message.delivered',
  'message.bounced',
  'message.complained',
  'campaign.quarantined',
  'webhook.disabled',
] as const;
export const webhookEventTypeSchema = z.enum(WEBHOOK_EVENT_TYPES).meta({ id: 'WebhookEventType' });
export type WebhookEventType = z.infer<typeof webhookEventTypeSchema>;

export const MESSAGE_EVENT_TYPES = WEBHOOK_EVENT_TYPES.filter((type) => type.startsWith('message.'));
/** What AJO's feedback body has a word for. */
export const AJO_EVENT_TYPES = MESSAGE_EVENT_TYPES.filter((type) => type !== 'message.complained');

export const webhookFormatSchema = z.enum(['standard', 'ajo']).meta({
  id: 'WebhookFormat',
  description: '`standard`: `{ type, timestamp, data }`. `ajo`: the feedback body of Adobe Journey Optimizer.',
});
export type WebhookFormat = z.infer<typeof webhookFormatSchema>;

const urlSchema = z
  .string()
  .min(1)
  .max(2_000)
  .refine((text) => URL.canParse(text), 'must be a URL')
  .describe('Where events are posted to: https, at an address that is public.');

export const webhookInputSchema = z
  .strictObject({
    name: z.string().max(100).default(''),
    url: urlSchema,
    eventTypes: z
      .array(webhookEventTypeSchema)
      .min(1)
      .max(WEBHOOK_EVENT_TYPES.length)
      .optional()
      .describe('Absent: all about messages that the format has a word for.'),
    campaignIds: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(100)
      .optional()
      .describe('Only of these campaigns; absent: of all. What is about no campaign comes all the same.'),
    format: webhookFormatSchema.default('standard'),
    status: z.enum(['enabled', 'disabled']).default('enabled'),
  })
  .meta({ id: 'WebhookInput' });
export type WebhookInput = z.infer<typeof webhookInputSchema>;

export const webhookSchema = webhookInputSchema
  .extend({
    eventTypes: z.array(webhookEventTypeSchema),
    id: z.string(),
    revision: z.number().int().describe('Counts the changes; also the ETag.'),
    createdAt: z.iso.datetime(),
    modifiedAt: z.iso.datetime(),
    disabled: z
      .object({
        reason: z
          .enum(['operator', 'gone', 'failing'])
          .describe('`gone`: the endpoint answered 410. `failing`: every delivery failed for days.'),
        at: z.iso.datetime(),
      })
      .optional()
      .describe('Why it is disabled, and since when.'),
    failingSince: z.iso.datetime().optional().describe('Since then every delivery failed.'),
    oldSecretUntil: z.iso.datetime().optional().describe('Until then the secret from before the rotation signs too.'),
  })
  .strip()
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhookSchema>;

const secret = z.string().describe('What signs the deliveries (`whsec_…`): shown this once.');
export const createdWebhookSchema = webhookSchema.extend({ secret }).meta({ id: 'CreatedWebhook' });

/** `POST /v1/webhooks/{id}/rotate`. */
export const webhookRotationSchema = z
  .strictObject({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(604_800)
      .default(86_400)
      .describe('How long the old secret signs beside the new one.'),
  })
  .meta({ id: 'WebhookRotation' });

/** No address, no content: ids, codes and times. */
export const webhookEventDataSchema = z
  .object({
    messageId: z.string().optional(),
    executionId: z.string().optional(),
    requestId: z.string().optional(),
    campaignId: z.string().optional(),
    campaignVersion: z.number().int().optional(),
    channel: channelSchema.optional(),
    lane: laneSchema.optional(),
    state: finalStateSchema.optional(),
    reason: reasonSchema.optional(),
    attempts: z.number().int().optional(),
    round: z.number().int().optional(),
    provider: z.string().optional(),
    bounce: bounceTypeSchema.optional().describe('Of a bounce.'),
    detail: z.string().optional().describe('A reply code such as `550 5.1.1`; of a quarantine, how many failed.'),
    webhookId: z.string().optional(),
    acceptedAt: z.iso.datetime().optional(),
    at: z.iso.datetime(),
    dryRun: z.literal(true).optional(),
    proof: z.literal(true).optional(),
    test: z.literal(true).optional(),
  })
  .meta({ id: 'WebhookEventData' });
export const webhookEventSchema = z
  .object({
    type: webhookEventTypeSchema,
    timestamp: z.iso.datetime().describe('When it happened.'),
    data: webhookEventDataSchema,
  })
  .meta({ id: 'WebhookEvent' });
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export const deliveryStateSchema = z.enum(DELIVERY_STATES);
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

const time = z.number().int().describe('Milliseconds since the epoch.');

export const webhookAttemptSchema = z
  .object({
    round: z.number().int(),
    attempt: z.number().int().describe('Counts within the round.'),
    at: time,
    durationMs: z.number().int(),
    status: z.number().int().optional().describe('What the endpoint answered; absent: it did not.'),
    code: z.string().describe('`answered`, or why there was no answer.'),
  })
  .meta({ id: 'WebhookAttempt' });
export type WebhookAttempt = z.infer<typeof webhookAttemptSchema>;

/** One event for one webhook. */
export const webhookDeliverySchema = z
  .object({
    id: z.string().describe('The same in every attempt: the header `webhook-id`.'),
    webhookId: z.string(),
    revision: z.number().int(),
    state: deliveryStateSchema,
    reason: z
      .enum(['exhausted', 'expired', 'gone', 'webhook-disabled', 'webhook-deleted'])
      .optional()
      .describe('Why it failed: `expired` when its day was over, `gone` when the endpoint answered 410.'),
    round: z.number().int().describe('A replay opens another one.'),
    createdAt: time,
    deadline: time,
    nextAttemptAt: time.optional(),
    event: webhookEventSchema,
    attempts: z.array(webhookAttemptSchema).describe('The newest last; of many the first are left out.'),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;

export const webhookTestInputSchema = z
  .strictObject({ type: webhookEventTypeSchema.default('message.sent') })
  .meta({ id: 'WebhookTest' });
export const webhookTestResultSchema = z
  .object({
    ok: z.boolean().describe('The endpoint answered with a 2xx.'),
    status: z.number().int().optional(),
    code: z.string(),
    durationMs: z.number().int(),
  })
  .meta({ id: 'WebhookTestResult' });

export const webhookReplaySchema = z
  .strictObject({
    since: z.iso.datetime({ offset: true }).describe('Deliveries that were made since then.'),
    state: z.enum(['failed', 'delivered']).default('failed'),
    cursor: z.string().min(1).max(500).optional().describe('The `next` of the answer before.'),
  })
  .meta({ id: 'WebhookReplay' });
export const webhookReplayedSchema = z
  .object({
    replayed: z.number().int(),
    next: z.string().optional().describe('There is more: the `cursor` of the next call.'),
  })
  .meta({ id: 'WebhookReplayed' });
export const deliveryReplayedSchema = z
  .object({ deliveryId: z.string(), round: z.number().int() })
  .meta({ id: 'DeliveryReplayed' });
