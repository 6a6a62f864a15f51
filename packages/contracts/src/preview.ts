import { z } from 'zod';
import { renderedContentSchema } from './content.ts';
import { fixtureNameSchema, triggerSampleSchema } from './fixture.ts';
import { jsonSchema } from './json.ts';
import { channelSchema, reasonSchema } from './words.ts';

export const versionChoiceSchema = z
  .union([z.enum(['newest', 'live']), z.number().int().min(1)])
  .meta({ id: 'VersionChoice', description: '`newest`: the draft, where there is one. `live`: what calls use.' });
export type VersionChoice = z.infer<typeof versionChoiceSchema>;

/** Where the values come from: one of the two. */
export const samplesShape = {
  version: versionChoiceSchema.optional().describe('`newest` unless told.'),
  request: triggerSampleSchema.optional().describe('The body of a call, pasted.'),
  fixture: fixtureNameSchema.optional().describe('The name of a saved fixture.'),
};

/** `POST /v1/campaigns/{id}/preview`. */
export const previewInputSchema = z
  .strictObject(samplesShape)
  .meta({ id: 'PreviewInput', description: 'Either `request` or `fixture`.' });
export type PreviewInput = z.infer<typeof previewInputSchema>;

const profileDecisionSchema = z.object({
  found: z
    .enum(['found', 'would-be-created', 'unknown', 'not-asked'])
    .describe('`unknown`: there is none, and the campaign creates none. `not-asked`: the recipient is `external`.'),
  id: z.string().optional(),
  dataset: z.string().optional(),
});

const attributeDecisionSchema = z.object({
  path: z.string().describe('As the content names it; `[]` is each element of a list.'),
  source: z
    .enum(['profile', 'override', 'context', 'default', 'system', 'none'])
    .describe(
      '`override`: `profile` of the call. `default`: that of the schema. `none`: nobody gave it; the content may have a default of its own.',
    ),
  sensitive: z.literal(true).optional(),
  value: jsonSchema
    .optional()
    .describe('A text, number or boolean, `•••` where it is sensitive; of a list the first ones; long texts are cut.'),
});

export const CHECKS = ['schema', 'profile', 'consent', 'address', 'suppression', 'content'] as const;
const checkSchema = z.object({
  check: z.enum(CHECKS),
  passed: z.boolean(),
  reason: reasonSchema.optional(),
  field: z.string().optional(),
  detail: z.string().optional(),
});

export const previewSchema = z
  .object({
    recipientIndex: z.number().int(),
    outcome: z
      .enum(['sent', 'excluded', 'failed', 'refused'])
      .describe('What would become of it. `refused`: the call would be, as a whole.'),
    reason: reasonSchema.optional().describe('Of the first check that does not pass.'),
    detail: z.string().optional(),
    content: renderedContentSchema.optional().describe('Absent where it cannot be rendered.'),
    sms: z
      .object({
        encoding: z.enum(['gsm-7', 'ucs-2']),
        segments: z.number().int().describe('How many messages are sent, and billed.'),
        characters: z.number().int(),
      })
      .optional()
      .describe('Of an SMS, with the real values.'),
    decisions: z.object({
      profile: profileDecisionSchema,
      address: z.enum(['call', 'profile', 'identity', 'none']).describe('Where the address comes from.'),
      attributes: z.array(attributeDecisionSchema).describe('Every value that the content uses.'),
      missing: z.array(z.string()).describe('Those that nobody gave.'),
      checks: z.array(checkSchema),
    }),
  })
  .meta({ id: 'Preview', description: 'What one recipient would get, and why.' });
export type Preview = z.infer<typeof previewSchema>;

export const previewsSchema = z
  .object({
    campaignId: z.string(),
    version: z.number().int(),
    channel: channelSchema,
    previews: z.array(previewSchema).describe('One for each recipient.'),
  })
  .meta({ id: 'Previews' });
export type Previews = z.infer<typeof previewsSchema>;
