import { z } from 'zod';
import { CONTENT_SCHEMAS, emailContentSchema, pushContentSchema, smsContentSchema } from './content.ts';
import { DEFAULT_NAMESPACES } from './identity.ts';
import { namespaceSchema } from './recipient.ts';
import { CHANNELS, channelSchema, guaranteeSchema, laneSchema, type Channel } from './words.ts';

const fields = z.strictObject({
  title: z.string().min(1).max(200),
  description: z.string().max(2_000),
  surfaceId: z.string().min(1).max(100),
  /** The namespace in which `userId` identifies a recipient; used by the generated call. */
  namespace: namespaceSchema,
  /** Create a profile, with its identity only, for a recipient who has none. */
  createProfiles: z.boolean(),
  /** Calls before it are refused. */
  startAt: z.iso.datetime({ offset: true }).optional(),
  /** Calls at or after it are refused. */
  endAt: z.iso.datetime({ offset: true }).optional(),
  /** Seconds from acceptance after which a message is not sent any more. */
  timeToLive: z.number().int().min(1).max(86_400),
  guarantee: guaranteeSchema,
  /** A value that the content prints and nobody gave: `empty` prints nothing, `exclude` sends nothing. */
  onMissing: z.enum(['empty', 'exclude']),
});

const contentSchema = z.union([emailContentSchema, smsContentSchema, pushContentSchema]);

/** What an author writes: one version of a campaign. Times are ISO 8601 with an offset. */
export const campaignContentSchema = fields.extend({ content: contentSchema });
export type CampaignContent = z.infer<typeof campaignContentSchema>;

const inputOf = <C extends Channel>(channel: C) =>
  fields.extend({
    type: z.literal('api-triggered').default('api-triggered'),
    channel: z.literal(channel),
    /** Also the lane on which the messages travel. */
    category: laneSchema.default('transactional'),
    content: CONTENT_SCHEMAS[channel],
    description: fields.shape.description.default(''),
    namespace: fields.shape.namespace.default(DEFAULT_NAMESPACES[channel]),
    createProfiles: fields.shape.createProfiles.default(false),
    timeToLive: fields.shape.timeToLive.default(3_600),
    guarantee: fields.shape.guarantee.default('at-least-once'),
    onMissing: fields.shape.onMissing.default('empty'),
  });

/** `POST /v1/campaigns`. Channel, surface and category are chosen here; channel and category stay for good. */
export const campaignInputSchema = z.discriminatedUnion('channel', [inputOf('email'), inputOf('sms'), inputOf('push')]);
export type CampaignInput = z.infer<typeof campaignInputSchema>;

const patchOf = <C extends Channel>(channel: C) =>
  fields.extend({ content: CONTENT_SCHEMAS[channel] }).partial().extend({
    startAt: fields.shape.startAt.nullable(),
    endAt: fields.shape.endAt.nullable(),
  });
const PATCHES = { email: patchOf('email'), sms: patchOf('sms'), push: patchOf('push') };
/**
 * `PATCH /v1/campaigns/{id}`: changes the draft version, or opens one beside the live version. `null` takes a date away.
 */
export const campaignPatchSchemaOf = (channel: Channel): z.ZodType<CampaignPatch> => PATCHES[channel];
/** The same for any channel: what the API's description shows. */
export const campaignPatchSchema = z.union(CHANNELS.map((channel) => PATCHES[channel]));
export type CampaignPatch = z.infer<(typeof PATCHES)[Channel]>;

/**
 * draft -> live <-> paused; live or paused -> stopped. A live campaign past its end shows as `completed`.
 */
export const campaignStateSchema = z.enum(['draft', 'live', 'paused', 'stopped', 'completed']);
export type CampaignState = z.infer<typeof campaignStateSchema>;

export const campaignSchema = campaignContentSchema.extend({
  id: z.string(),
  type: z.literal('api-triggered'),
  channel: channelSchema,
  category: laneSchema,
  state: campaignStateSchema,
  /** The version shown: the newest. */
  version: z.number().int(),
  /** The version that calls use; absent before the first activation. */
  liveVersion: z.number().int().optional(),
  /** Counts the changes; also the ETag. */
  revision: z.number().int(),
  createdAt: z.iso.datetime(),
  modifiedAt: z.iso.datetime(),
  activatedAt: z.iso.datetime().optional(),
});
export type Campaign = z.infer<typeof campaignSchema>;

/** One setting that keeps a campaign from working (`error`: blocks activation) or looks wrong (`warning`). */
export const campaignIssueSchema = z.object({
  severity: z.enum(['error', 'warning']),
  field: z.string(),
  message: z.string(),
});
export type CampaignIssue = z.infer<typeof campaignIssueSchema>;
