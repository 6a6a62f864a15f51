import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { recipientSchema } from './recipient.ts';

/** The body of a call, as far as it says what messages are made of: a real one can be pasted as it is. */
export const triggerSampleSchema = z
  .object({
    requestId: z.string().max(200).optional().describe('Not looked at.'),
    campaignId: z.string().max(100).optional().describe('Not looked at: the path says which campaign.'),
    recipients: z.array(recipientSchema).min(1).max(LIMITS.recipientsPerCall),
  })
  .meta({
    id: 'TriggerSample',
    description: 'The body of a call of the execution API. Parameters that are not known are ignored.',
  });
export type TriggerSample = z.infer<typeof triggerSampleSchema>;

export const fixtureNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,59}$/, 'must be up to 60 letters, digits, "_", "." and "-"');

/** `PUT /v1/campaigns/{id}/fixtures/{name}`. */
export const fixtureInputSchema = z
  .strictObject({
    description: z.string().max(500).optional(),
    request: triggerSampleSchema,
  })
  .meta({
    id: 'FixtureInput',
    description: 'Test data of an author: it is shown as it was saved, so save no secrets.',
  });
export type FixtureInput = z.infer<typeof fixtureInputSchema>;

/** Values to try a campaign with. */
export interface Fixture extends FixtureInput {
  readonly name: string;
  readonly modifiedAt: string;
}

export const fixtureSchema = z
  .object({
    name: fixtureNameSchema,
    description: fixtureInputSchema.shape.description,
    request: z.record(z.string(), z.unknown()).describe('As it was saved: a `TriggerSample`.'),
    modifiedAt: z.iso.datetime(),
  })
  .meta({ id: 'Fixture', description: 'Values to try a campaign with.' });

/** `GET /v1/campaigns/{id}/fixtures`: all of them, without what is in them. */
export const fixtureListSchema = z
  .object({ items: z.array(fixtureSchema.omit({ request: true })) })
  .meta({ id: 'FixtureList' });
