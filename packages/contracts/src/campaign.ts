import { z } from 'zod';
import { campaignTimeSchema, timeZoneSchema } from './campaign-time.ts';
import {
  CONTENT_SCHEMAS,
  emailContentSchema,
  pushContentSchema,
  smsContentSchema,
  type ChannelContent,
} from './content.ts';
import { DEFAULT_NAMESPACES } from './identity.ts';
import { jsonSchema } from './json.ts';
import { LIMITS } from './limits.ts';
import { namespaceSchema } from './recipient.ts';
import { retryMsSchema } from './retry.ts';
import { reviewSchema } from './review.ts';
import { CHANNELS, channelSchema, guaranteeSchema, laneSchema, type Channel } from './words.ts';

export const campaignTypeSchema = z.enum(['api-triggered', 'scheduled']).meta({
  id: 'CampaignType',
  description:
    '`api-triggered`: recipients come with each call. `scheduled`: an audience and a time are stored; running it is not there yet.',
});
export type CampaignType = z.infer<typeof campaignTypeSchema>;

/** Who a scheduled campaign is for. */
const audienceSchema = z
  .strictObject({
    kind: z.enum(['audience', 'list']).describe('What `id` names.'),
    id: z.string().min(1).max(200),
  })
  .meta({ id: 'CampaignAudience', description: 'A reference to the recipients of a scheduled campaign.' });

const fields = z.strictObject({
  title: z.string().min(1).max(200),
  description: z.string().max(2_000),
  surfaceId: z.string().min(1).max(100),
  namespace: namespaceSchema.describe(
    'The namespace in which `userId` identifies a recipient; used by the generated call.',
  ),
  createProfiles: z.boolean().describe('Create a profile, with its identity only, for a recipient who has none.'),
  tags: z.array(z.string().trim().min(1).max(50)).max(20).optional().describe('Words to find it by.'),
  startAt: z.iso.datetime({ offset: true }).optional().describe('Calls before it are refused.'),
  endAt: z.iso.datetime({ offset: true }).optional().describe('Calls at or after it are refused.'),
  timeZone: timeZoneSchema.optional(),
  audience: audienceSchema.optional(),
  scheduledAt: z.iso.datetime({ offset: true }).optional().describe('When a scheduled campaign is to be sent.'),
  timeToLive: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.timeToLiveSeconds)
    .describe('Seconds from acceptance after which a message is not sent any more.'),
  retryMs: retryMsSchema
    .optional()
    .describe(
      'Milliseconds to wait before the second attempt, the third, and so on: each a rung of the ladder (`HERALD_LADDER_MS`), and their number bounds the attempts. Absent: as the surface says, else the installation.',
    ),
  guarantee: guaranteeSchema,
  onMissing: z
    .enum(['empty', 'exclude'])
    .describe('A value that the content prints and nobody gave: `empty` prints nothing, `exclude` sends nothing.'),
  contextSchema: z
    .record(z.string().max(200), jsonSchema)
    .optional()
    .describe(
      'A JSON Schema for the `context` of each recipient. A call that is not as it says is refused; its defaults are filled in.',
    ),
  sensitive: z
    .array(
      z
        .string()
        .max(300)
        .regex(/^(?:context|profile)(?:\.[^.]+)+$/, 'must be a path such as context.code'),
    )
    .max(100)
    .optional()
    .describe('Paths whose values are never shown. A list has no step of its own; `*` is every name of an object.'),
});

/** What a draft may begin with. It cannot be activated: `compileContent` refuses it, as all that reads content does. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
export const NO_CONTENT = {} as ChannelContent;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
const noContentSchema = z.strictObject({}).meta({ id: 'NoContent' }) as unknown as z.ZodType<ChannelContent>;
const contentSchema = z.union([emailContentSchema, smsContentSchema, pushContentSchema, noContentSchema]);

/** What an author writes: one version of a campaign. Times are ISO 8601 with an offset. */
export const campaignContentSchema = fields.extend({
  content: contentSchema,
  fragments: z
    .record(z.string(), z.string())
    .optional()
    .describe('Of a version that was activated: the text of each fragment that it uses, as it was published then.'),
});
export type CampaignContent = z.infer<typeof campaignContentSchema>;

const times = {
  startAt: campaignTimeSchema.optional().describe('Calls before it are refused.'),
  endAt: campaignTimeSchema.optional().describe('Calls at or after it are refused.'),
  scheduledAt: campaignTimeSchema.optional().describe('When a scheduled campaign is to be sent.'),
};

/** Of a campaign, not of a version: what was promised about it is not taken back by its authors. */
const reviewRequired = z
  .boolean()
  .describe('No version is activated without the approval of another key than its authors’. Stays on for good.');

const inputOf = <C extends Channel, S extends z.ZodType>(channel: C, content: S) =>
  fields.extend({
    ...times,
    type: campaignTypeSchema.default('api-triggered'),
    channel: z.literal(channel),
    reviewRequired: reviewRequired.optional().describe('Absent: false, or what the installation says.'),
    category: laneSchema.default('transactional'),
    content: content.optional().describe('Absent: to be written before the activation.'),
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
    inputOf('email', emailContentSchema).meta({ id: 'EmailCampaignInput' }),
    inputOf('sms', smsContentSchema).meta({ id: 'SmsCampaignInput' }),
    inputOf('push', pushContentSchema).meta({ id: 'PushCampaignInput' }),
  ])
  .meta({ id: 'CampaignInput', description: 'Type, channel and category are chosen here, and stay for good.' });
export type CampaignInput = z.infer<typeof campaignInputSchema>;

const patchOf = <C extends Channel>(channel: C) =>
  fields
    .extend({ content: CONTENT_SCHEMAS[channel] })
    .partial()
    .extend({
      startAt: times.startAt.nullable(),
      endAt: times.endAt.nullable(),
      scheduledAt: times.scheduledAt,
      reviewRequired: z.literal(true).optional().describe('Stays on for good.'),
      timeZone: fields.shape.timeZone.nullable(),
      retryMs: fields.shape.retryMs.nullable(),
      contextSchema: fields.shape.contextSchema.nullable(),
      sensitive: fields.shape.sensitive.nullable(),
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

export const campaignStateSchema = z
  .enum(['draft', 'review', 'scheduled', 'live', 'paused', 'completed', 'stopped', 'archived'])
  .meta({
    id: 'CampaignState',
    description:
      'draft -> live <-> paused; live or paused -> stopped, for good; draft, completed or stopped -> archived. `review`: a draft that was handed in, or approved and not activated yet. A live campaign shows as `scheduled` before its start and as `completed` from its end on.',
  });
export type CampaignState = z.infer<typeof campaignStateSchema>;

export const campaignSchema = campaignContentSchema
  .extend({
    id: z.string(),
    type: campaignTypeSchema,
    tags: z.array(z.string()),
    channel: channelSchema,
    category: laneSchema,
    state: campaignStateSchema,
    pausedReason: z
      .enum(['quarantine'])
      .optional()
      .describe('`quarantine`: it paused itself, because it failed for nearly everyone. Absent: somebody paused it.'),
    resumedAt: z.iso.datetime().optional().describe('When it was last resumed.'),
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
    reviewRequired: reviewRequired.optional(),
    review: reviewSchema.optional(),
    authors: z.array(z.string()).optional().describe('The keys that wrote the version shown.'),
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

/** What calls do with a version: a draft, in use, or used before. */
const versionStateSchema = z.enum(['draft', 'live', 'past']);
const versionSummary = { version: z.number().int(), state: versionStateSchema };

/** `GET /v1/campaigns/{id}/versions`. */
export const campaignVersionsSchema = z
  .object({ items: z.array(z.object(versionSummary)).describe('Newest first.') })
  .meta({ id: 'CampaignVersions' });

/** `GET /v1/campaigns/{id}/versions/{version}`. */
export const campaignVersionSchema = campaignContentSchema
  .extend({ ...versionSummary, campaignId: z.string(), tags: z.array(z.string()) })
  .meta({ id: 'CampaignVersion' });

/** `POST /v1/campaigns/{id}/rollback`. */
export const rollbackSchema = z
  .strictObject({ version: z.number().int().min(1).describe('A version that calls used before.') })
  .meta({ id: 'Rollback' });

/** `POST /v1/campaigns/{id}/duplicate`. */
export const duplicateSchema = z
  .strictObject({ title: fields.shape.title.optional().describe('Absent: `Copy of` and the title.') })
  .meta({ id: 'Duplicate' });

/** The filters of `GET /v1/campaigns`. */
export const campaignFilters = {
  state: campaignStateSchema.optional(),
  channel: channelSchema.optional(),
  type: campaignTypeSchema.optional(),
  tag: z.string().min(1).max(50).optional(),
};

/** `GET /v1/campaigns/{id}/validation`. */
export const campaignValidationSchema = z
  .object({
    valid: z.boolean().describe('True: it can be activated.'),
    issues: z.array(campaignIssueSchema),
    settings: z
      .array(z.object({ field: z.string(), value: z.unknown() }))
      .describe('Every setting of the newest version, for a review; null: not set.'),
    attributes: z.array(z.string()).describe('The `context` and `profile` paths that the content uses.'),
    sms: z
      .object({
        encoding: z.enum(['gsm-7', 'ucs-2']),
        segments: z.number().int(),
        characters: z.number().int(),
        exact: z.boolean().describe('False: values come on top of it.'),
      })
      .optional()
      .describe('How a text message would be sent.'),
  })
  .meta({ id: 'CampaignValidation' });
export type CampaignValidation = z.infer<typeof campaignValidationSchema>;

/** `GET /v1/campaigns/{id}/curl`. */
export const SAMPLE_FORMATS = ['curl', 'javascript', 'python', 'java'] as const;
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];

export const sampleCallSchema = z
  .object({
    endpoint: z.string(),
    method: z.literal('POST'),
    headers: z.record(z.string(), z.string()).describe('`$HERALD_KEY` stands for the key.'),
    body: z.record(z.string(), z.unknown()),
    curl: z.string().describe('The same as one command for a POSIX shell.'),
    javascript: z.string().describe('A module for Node 18 or later, or a browser bundle.'),
    python: z.string().describe('A script for Python 3.8 or later, without packages.'),
    java: z.string().describe('Sample.java, for `java Sample.java` of Java 17 or later.'),
  })
  .meta({ id: 'SampleCall', description: 'A call that works when its placeholders are replaced.' });
export type SampleCall = z.infer<typeof sampleCallSchema>;
