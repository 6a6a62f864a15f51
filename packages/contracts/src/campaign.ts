import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { channelSchema, guaranteeSchema, laneSchema } from './words.ts';

const template = (max: number) => z.string().max(max);

export const emailContentSchema = z.strictObject({
  subject: template(2_000).min(1),
  html: template(LIMITS.contentBytes).min(1),
  /** The text alternative; made from the HTML when absent. */
  text: template(LIMITS.contentBytes).optional(),
});
export type EmailContent = z.infer<typeof emailContentSchema>;

const fields = z.strictObject({
  title: z.string().min(1).max(200),
  description: z.string().max(2_000),
  surfaceId: z.string().min(1).max(100),
  content: emailContentSchema,
  /** The namespace in which `userId` identifies a recipient; used by the generated call. */
  namespace: z
    .string()
    .max(60)
    .regex(/^[A-Za-z0-9_.-]+$/),
  /** Create a profile, with its identity only, for a recipient who has none. */
  createProfiles: z.boolean(),
  /** Calls before it are refused. */
  startAt: z.iso.datetime({ offset: true }).optional(),
  /** Calls at or after it are refused. */
  endAt: z.iso.datetime({ offset: true }).optional(),
  /** Seconds from acceptance after which a message is not sent any more. */
  timeToLive: z.number().int().min(1).max(86_400),
  guarantee: guaranteeSchema,
});

/** What an author writes: one version of a campaign. Times are ISO 8601 with an offset. */
export const campaignContentSchema = fields.extend({
  description: fields.shape.description.default(''),
  namespace: fields.shape.namespace.default('email'),
  createProfiles: fields.shape.createProfiles.default(false),
  timeToLive: fields.shape.timeToLive.default(3_600),
  guarantee: fields.shape.guarantee.default('at-least-once'),
});
export type CampaignContent = z.infer<typeof campaignContentSchema>;

/** `POST /v1/campaigns`. Channel, surface and category are chosen here; channel and category stay for good. */
export const campaignInputSchema = campaignContentSchema.extend({
  type: z.literal('api-triggered').default('api-triggered'),
  channel: channelSchema,
  /** Also the lane on which the messages travel. */
  category: laneSchema.default('transactional'),
});
export type CampaignInput = z.infer<typeof campaignInputSchema>;

/**
 * `PATCH /v1/campaigns/{id}`: changes the draft version, or opens one beside the live version. `null` takes a date away.
 */
export const campaignPatchSchema = fields.partial().extend({
  startAt: fields.shape.startAt.nullable(),
  endAt: fields.shape.endAt.nullable(),
});
export type CampaignPatch = z.infer<typeof campaignPatchSchema>;

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
