import { z } from 'zod';
import { retryMsSchema } from './retry.ts';
import { channelSchema, guaranteeSchema, laneSchema, tenantSchema } from './words.ts';

/**
 * The headers of a message's record: what changes from attempt to attempt, and what a reader needs before it
 * opens the payload. All are strings on the bus; times are milliseconds since the epoch.
 */
export const messageHeadersSchema = z.object({
  type: z.string().regex(/^[a-z]+\.[a-z]+\.v\d+$/),
  'message-id': z.string().min(1),
  round: z.coerce.number().int().min(1),
  attempt: z.coerce.number().int().min(1),
  /** Past it the message is not sent any more. */
  deadline: z.coerce.number().int(),
  org: tenantSchema.shape.org,
  sandbox: tenantSchema.shape.sandbox,
  /** On the ladder: not to be tried before. */
  'not-before': z.coerce.number().int().optional(),
  /** On the ladder: which rung a `Hold` climbed to. */
  rung: z.coerce.number().int().optional(),
  /** On the ladder and in dead letters: the topic to go back to. */
  'origin-topic': z.string().optional(),
  /** How many of the attempts before this one came to no call, for a reason that was not the message's. */
  'free-attempts': z.coerce.number().int().min(0).optional(),
  /** The provider that may have taken the message at an earlier attempt of this round: nobody else is to be asked. */
  'keeps-provider': z.string().optional(),
  /** The provider that failed at the attempt before: the next one of the surface's list is to be asked first. */
  'left-provider': z.string().optional(),
  traceparent: z.string().optional(),
});

/** Who a message is and how it is to be treated; the same at every step. */
export interface MessageMeta {
  readonly messageId: string;
  readonly round: number;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly org: string;
  readonly sandbox: string;
  /** HMAC of the recipient's identity: order holds per key. */
  readonly key: string;
  /** How many times it was held on the ladder since it last moved on. */
  readonly rung: number;
  /** Attempts before this one that the retry policy does not count; absent: none. */
  readonly freeAttempts?: number;
  /** May have taken it at an earlier attempt of this round: nobody else is to be asked. */
  readonly keepsProvider?: string;
  /** Failed at the attempt before: the next one is to be asked first. */
  readonly leftProvider?: string;
}

/** What is different about an execution, and with it about each of its messages. */
export const marksSchema = z.object({
  /** Everything is done but calling the provider. */
  dryRun: z.literal(true).optional(),
  /** Sent by an author to look at, of any version: the campaign need not be live. */
  proof: z.literal(true).optional(),
});
export type Marks = Readonly<z.infer<typeof marksSchema>>;

/** The marks of a record or message, and nothing else of it. */
export const marksOf = ({ dryRun, proof }: Marks): Marks => ({
  ...(dryRun === undefined ? {} : { dryRun }),
  ...(proof === undefined ? {} : { proof }),
});

/** What every payload carries, written by ingress and copied along. */
export const messageBaseSchema = z.object({
  executionId: z.string(),
  campaignId: z.string(),
  campaignVersion: z.number().int(),
  channel: channelSchema,
  lane: laneSchema,
  guarantee: guaranteeSchema,
  ...marksSchema.shape,
  /** The retry policy that its campaign or surface had; absent: the installation's counts. Not in status events. */
  retryMs: retryMsSchema.optional(),
  /** Milliseconds since the epoch, one per step passed. */
  times: z.object({
    accepted: z.number().int(),
    resolved: z.number().int().optional(),
    rendered: z.number().int().optional(),
  }),
});
export type MessageBase = z.infer<typeof messageBaseSchema>;
