import { z } from 'zod';
import { CONTENT_SCHEMAS, emailContentSchema, pushContentSchema, smsContentSchema } from './content.ts';
import { DEFAULT_NAMESPACES } from './identity.ts';
import { namespaceSchema } from './recipient.ts';
import { CHANNELS, channelSchema, guaranteeSchema, laneSchema, type Channel } from './words.ts';

const fields = z.strictObject({
  title: z.string().min(1).max(200),
  description: z.string().max(2_000),
  surfaceId: z.string().min(1).max(100),
  namespace: namespaceSchema.describe(
    'The namespace in which `userId` identifies a recipient; used by the generated call.',
  ),
  createProfiles: z.boolean().describe('Create a profile, with its identity only, for a recipient who has none.'),
  startAt: z.iso.datetime({ offset: true }).optional().describe('Calls before it are refused.'),
  endAt: z.iso.datetime({ offset: true }).optional().describe('Calls at or after it are refused.'),
  timeToLive: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .describe('Seconds from acceptance after which a message is not sent any more.'),
  guarantee: guaranteeSchema,
  onMissing: z
    .enum(['empty', 'exclude'])
    .describe('A value that the content prints and nobody gave: `empty` prints nothing, `exclude` sends nothing.'),
});

const contentSchema = z.union([emailContentSchema, smsContentSchema, pushContentSchema]);

/** What an author writes: one version of a campaign. Times are ISO 8601 with an offset. */
export const campaignContentSchema = fields.extend({
  content: contentSchema,
  fragments: z
    .record(z.string(), z.string())
    .optional()
    .describe('Of a version that was activated: the text of each fragment that it uses, as it was published then.'),
});
export type CampaignContent = z.infer<typeof campaignContentSchema>;

const inputOf = <C extends Channel>(channel: C) =>
  fields.extend({
    type: z.literal('api-triggered').default('api-triggered'),
    channel: z.literal(channel),
    category: laneSchema.default('transactional'),
    content: CONTENT_SCHEMAS[channel],
    description: fields.shape.description.default(''),
    namespace: fields.shape.namespace.default(DEFAULT_NAMESPACES[channel]),
    createProfiles: fields.shape.createProfiles.default(false),
    timeToLive: fields.shape.timeToLive.default(3_600),
    guarantee: fields.shape.guarantee.default('at-least-once'),
    onMissing: fields.shape.onMissing.default('empty'),
  });

/** `POST /v1/campaigns`. */
export const campaignInputSchema = z
  .discriminatedUnion('channel', [
    inputOf('email').meta({ id: 'EmailCampaignInput' }),
    inputOf('sms').meta({ id: 'SmsCampaignInput' }),
    inputOf('push').meta({ id: 'PushCampaignInput' }),
  ])
  .meta({ id: 'CampaignInput', description: 'Channel and category are chosen here, and stay for good.' });
export type CampaignInput = z.infer<typeof campaignInputSchema>;

const patchOf = <C extends Channel>(channel: C) =>
  fields.extend({ content: CONTENT_SCHEMAS[channel] }).partial().extend({
    startAt: fields.shape.startAt.nullable(),
    endAt: fields.shape.endAt.nullable(),
  });
const PATCHES = {
  email: patchOf('email').meta({ id: 'EmailCampaignPatch' }),
  sms: patchOf('sms').meta({ id: 'SmsCampaignPatch' }),
  push: patchOf('push').meta({ id: 'PushCampaignPatch' }),
};
/**
 * `PATCH /v1/campaigns/{id}`: changes the draft version, or opens one beside the live version. `null` takes a date away.
 */
export const campaignPatchSchemaOf = (channel: Channel): z.ZodType<CampaignPatch> => PATCHES[channel];
/** The same for any channel: what the API's description shows. */
export const campaignPatchSchema = z.union(CHANNELS.map((channel) => PATCHES[channel])).meta({
  id: 'CampaignPatch',
  description: 'What it names is replaced; `null` takes a date away. The content is that of the campaign’s channel.',
});
export type CampaignPatch = z.infer<(typeof PATCHES)[Channel]>;

export const campaignStateSchema = z.enum(['draft', 'live', 'paused', 'stopped', 'completed']).meta({
  id: 'CampaignState',
  description:
    'draft -> live <-> paused; live or paused -> stopped, for good. A live campaign past its end shows as `completed`.',
});
export type CampaignState = z.infer<typeof campaignStateSchema>;

export const campaignSchema = campaignContentSchema
  .extend({
    id: z.string(),
    type: z.literal('api-triggered'),
    channel: channelSchema,
    category: laneSchema,
    state: campaignStateSchema,
    version: z.number().int().describe('The version shown: the newest.'),
    liveVersion: z
      .number()
      .int()
      .optional()
      .describe('The version that calls use; absent before the first activation.'),
    revision: z.number().int().describe('Counts the changes; also the ETag.'),
    createdAt: z.iso.datetime(),
    modifiedAt: z.iso.datetime(),
    activatedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Campaign' });
export type Campaign = z.infer<typeof campaignSchema>;

export const campaignIssueSchema = z
  .object({
    severity: z
      .enum(['error', 'warning'])
      .describe('`error` keeps the campaign from being activated; `warning` may not be what its author meant.'),
    field: z.string(),
    message: z.string(),
  })
  .meta({ id: 'CampaignIssue' });
export type CampaignIssue = z.infer<typeof campaignIssueSchema>;

/** `GET /v1/campaigns/{id}/validation`. */
export const campaignValidationSchema = z
  .object({ valid: z.boolean().describe('True: it can be activated.'), issues: z.array(campaignIssueSchema) })
  .meta({ id: 'CampaignValidation' });
export type CampaignValidation = z.infer<typeof campaignValidationSchema>;

/** `GET /v1/campaigns/{id}/curl`. */
export const sampleCallSchema = z
  .object({
    endpoint: z.string(),
    method: z.literal('POST'),
    headers: z.record(z.string(), z.string()).describe('`$HERALD_KEY` stands for the key.'),
    body: z.record(z.string(), z.unknown()),
    curl: z.string().describe('The same as one command for a POSIX shell.'),
  })
  .meta({ id: 'SampleCall', description: 'A call that works when its placeholders are replaced.' });
export type SampleCall = z.infer<typeof sampleCallSchema>;
