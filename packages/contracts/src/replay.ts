import { z } from 'zod';
import { resolutionSchema } from './events.ts';
import { reasonSchema } from './words.ts';

const note = z.string().min(1).max(500);

/** How a message that was given up is tried again. */
export const replayInputSchema = z
  .strictObject({
    timeToLive: z
      .number()
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe('Seconds in which it must be sent, from when it begins. Absent: the deadline stays as it was.'),
    acceptDoubling: z
      .boolean()
      .optional()
      .describe('Needed where nobody knows whether the message was sent: it may then arrive twice.'),
    note: note.optional().describe('Why; kept with the round.'),
  })
  .meta({ id: 'ReplayInput' });

export const discardInputSchema = z
  .strictObject({ note: note.describe('Why nothing is to be done.') })
  .meta({ id: 'DiscardInput' });

/** A round that was opened, now or before. */
export const replayedSchema = z
  .object({
    messageId: z.string(),
    round: z.number().int(),
    deadline: z.iso.datetime(),
    notBefore: z.iso.datetime().optional(),
  })
  .meta({ id: 'Replayed' });

/** Milliseconds since the epoch, once parsed. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Which dead letters. */
export const letterFilterShape = {
  reason: reasonSchema.optional(),
  stage: z.string().min(1).max(100).optional(),
  campaignId: z.string().min(1).max(200).optional(),
  from: time.optional().describe('Given up at this time or later.'),
  to: time.optional().describe('Given up before this time.'),
} as const;

/** `POST /v1/dead-letters/-/replay`. */
export const replayManySchema = replayInputSchema
  .extend({
    filter: z.strictObject(letterFilterShape).describe('Which of those that nothing was done about; `{}`: all.'),
    perSecond: z
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(50)
      .describe('How many begin in a second, by the ladder’s clock.'),
    limit: z.number().int().min(1).max(500).default(500).describe('How many at most, by this request.'),
    cursor: z.string().min(1).max(500).optional().describe('The `next` of the request before.'),
    startAt: time.optional().describe('When the first one begins: the `until` of the request before. Absent: now.'),
  })
  .meta({ id: 'ReplayMany' });

export const replayedManySchema = z
  .object({
    replayed: z.array(replayedSchema),
    refused: z.array(z.object({ id: z.string(), code: z.string().describe('The code of the problem.') })),
    until: z.iso.datetime().describe('When the last of them begins.'),
    next: z.string().optional().describe('There may be more: the `cursor` to go on with.'),
  })
  .meta({ id: 'ReplayedMany' });

/** What was done about a dead letter. */
export const resolutionViewSchema = resolutionSchema
  .extend({ at: z.iso.datetime(), deadline: z.iso.datetime().optional(), notBefore: z.iso.datetime().optional() })
  .meta({ id: 'Resolution' });
