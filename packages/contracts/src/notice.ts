import { z } from 'zod';
import type { EncodedRecord } from './codec.ts';
import { bounceTypeSchema } from './feedback.ts';
import { channelSchema, reasonSchema, tenantSchema } from './words.ts';

/** What Herald tells others beside the final states of messages. */
export const NOTICE_TYPES = [
  'message.delivered',
  'message.bounced',
  'message.complained',
  'campaign.quarantined',
  'webhook.disabled',
] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** Written by whoever learns of it, to the topic of notices. No content, no address. */
export const noticeV1 = z.object({
  ...tenantSchema.shape,
  /** Follows from what it tells of: the same thing told twice has the same id. */
  id: z.string().min(1).max(200),
  type: z.enum(NOTICE_TYPES),
  /** Milliseconds since the epoch. */
  at: z.number().int(),
  campaignId: z.string().optional(),
  executionId: z.string().optional(),
  messageId: z.string().optional(),
  webhookId: z.string().optional(),
  channel: channelSchema.optional(),
  provider: z.string().optional(),
  reason: reasonSchema.optional(),
  /** Of `message.bounced`. */
  bounce: bounceTypeSchema.optional(),
  /** A reply code such as `550 5.1.1`. */
  detail: z.string().max(200).optional(),
});
export type Notice = z.infer<typeof noticeV1>;

const TYPE = 'notice.v1';

/** A notice's record, ready to publish: what is about one campaign stays in order. */
export function encodeNotice(notice: Notice): EncodedRecord {
  return {
    key: notice.campaignId ?? notice.id,
    headers: { type: TYPE, org: notice.org, sandbox: notice.sandbox },
    value: Buffer.from(JSON.stringify(notice)),
  };
}

/** Reads a record of the topic of notices; undefined: it is not one that this release knows. */
export function decodeNotice(record: EncodedRecord): Notice | undefined {
  if (record.headers['type'] !== TYPE) return undefined;
  try {
    return noticeV1.safeParse(JSON.parse(Buffer.from(record.value).toString())).data;
  } catch {
    return undefined;
  }
}
