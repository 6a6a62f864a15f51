import { z } from 'zod';
import { emailAddressSchema, headerTextSchema, phoneNumberSchema } from '../address.ts';
import { attributesSchema } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { json, operation } from '../operation.ts';
import { identityValueSchema, namespaceSchema } from '../recipient.ts';
import { reasonSchema } from '../words.ts';

const tag = 'Adobe Journey Optimizer';
const PATH = '/ajo/simulations/campaigns/{campaignId}';
const campaignParams = z.strictObject({ campaignId: z.string() });

const MOST_ADDRESSES = 10;
const several = <S extends z.ZodType>(schema: S) => z.array(schema).min(1).max(MOST_ADDRESSES);
const channelsDataSchema = z.discriminatedUnion('channel', [
  z.object({
    channel: z.literal('email'),
    subjectPrefix: headerTextSchema(60).optional().describe('Absent: none.'),
    emailAddresses: several(emailAddressSchema),
  }),
  z.object({ channel: z.literal('sms'), phoneNumbers: several(phoneNumberSchema) }),
  z.object({
    channel: z.literal('push'),
    tokens: several(
      z.object({
        token: z.string().min(1).max(4_096).describe('A `PushSubscription` as JSON.'),
        platform: z.string().min(1).max(40).describe('`web`. `apns` and `fcm` are answered with 422.'),
      }),
    ),
  }),
]);
export type AjoChannelsData = z.infer<typeof channelsDataSchema>;

const identity = { userId: identityValueSchema, namespace: namespaceSchema };

const proofRequestSchema = z
  .object({
    recipients: z
      .array(
        z.object({
          ...identity,
          channelsData: z.array(channelsDataSchema).min(1).max(20),
          profile: attributesSchema.optional(),
          context: attributesSchema.optional(),
        }),
      )
      .min(1)
      .max(LIMITS.recipientsPerCall),
  })
  .meta({ id: 'AjoProofRequest' });
export type AjoProofRequest = z.infer<typeof proofRequestSchema>;

const proofJobSchema = z
  .object({
    proofJobId: z.string().describe('The id of the execution: `GET /v1/executions/{id}` tells each message’s end.'),
    status: z.enum(['CREATED', 'PROCESSING', 'SUBMITTED', 'PARTIALLY_FAILED', 'FAILED']),
    proofs: z
      .array(
        z.object({
          messageId: z.string().describe('Of the campaign: its one message.'),
          variantId: z.string(),
          startDate: z.iso.datetime(),
          targeted: z.number().int(),
          submitted: z.number().int().describe('Those that a provider took.'),
          status: z.enum(['CREATED', 'PROCESSING', 'SUBMITTED', 'FAILED']),
          proofFailureReasons: z.array(
            z.object({ profileIds: z.array(z.string()), failureReasons: z.array(z.string()) }),
          ),
        }),
      )
      .describe('One: a campaign has one message, and no variants.'),
    _links: z.object({ self: z.object({ href: z.string() }) }),
  })
  .meta({ id: 'AjoProofJob' });
export type AjoProofJob = z.infer<typeof proofJobSchema>;

export const ajoCreateProofs = operation({
  id: 'ajoCreateProofs',
  method: 'post',
  path: `${PATH}/proofs`,
  tag,
  summary: 'Send proofs of the newest version',
  description: 'As `POST /v1/campaigns/{id}/proofs` does. Every proof is on disk when it answers.',
  access: 'control',
  params: campaignParams,
  body: { schema: proofRequestSchema, limit: LIMITS.requestBytes },
  answers: {
    200: {
      ...json('The job.', proofJobSchema),
      links: { ajoGetProofs: { campaignId: '/proofs/0/messageId', proofJobId: '/proofJobId' } },
    },
  },
  problems: ['not-found', 'campaign-state', 'context-invalid', 'not-renderable', 'platform-unsupported', 'too-large'],
});

export const ajoGetProofs = operation({
  id: 'ajoGetProofs',
  method: 'get',
  path: `${PATH}/proofs/{proofJobId}`,
  tag,
  summary: 'How proofs stand',
  access: 'read',
  params: campaignParams.extend({ proofJobId: z.string() }),
  answers: { 200: json('The job.', proofJobSchema) },
  problems: ['not-found'],
});

const previewRequestSchema = z
  .object({
    previewRequestItems: z
      .array(
        z.object({
          ...identity,
          profileAttributes: attributesSchema.optional().describe('In place of the profile, which is not read then.'),
          contextAttributes: attributesSchema.optional(),
        }),
      )
      .min(1)
      .max(LIMITS.recipientsPerCall),
  })
  .meta({ id: 'AjoPreviewRequest' });

const mediaUri = z.string().min(5).max(2_000);
const previewItemSchema = z
  .object({
    profileId: z.string(),
    variantId: z.string(),
    messageId: z.string(),
    channel: z.enum(['email', 'sms', 'push']),
    outcome: z.enum(['sent', 'excluded', 'failed', 'refused']).describe('What would become of it; Herald’s own.'),
    reason: reasonSchema.optional(),
    email: z.object({ subject: z.string(), html: z.object({ body: z.string() }) }).optional(),
    sms: z.object({ text: z.string(), messageType: z.literal('sms') }).optional(),
    push: z
      .object({
        appNames: z.array(z.string()),
        pushType: z.literal('MESSAGE'),
        title: z.string(),
        message: z.string(),
        ios: z.object({ media: z.object({ uri: mediaUri }) }).optional(),
        android: z
          .object({ media: z.object({ uri: mediaUri }), iconUri: mediaUri })
          .partial()
          .optional(),
      })
      .optional(),
  })
  .meta({ id: 'AjoPreview', description: 'The content is absent where it cannot be rendered.' });
export type AjoPreview = z.infer<typeof previewItemSchema>;

export const ajoPreview = operation({
  id: 'ajoPreview',
  method: 'post',
  path: `${PATH}/previews`,
  tag,
  summary: 'What the newest version says to each profile',
  access: 'read',
  params: campaignParams,
  body: { schema: previewRequestSchema, limit: LIMITS.requestBytes },
  answers: { 200: json('One for each item.', z.object({ previews: z.array(previewItemSchema) })) },
  problems: ['not-found', 'campaign-state', 'not-renderable', 'too-large'],
});
