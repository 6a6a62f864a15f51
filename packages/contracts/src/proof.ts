import { z } from 'zod';
import { headerTextSchema, pushInfoSchema } from './address.ts';
import { LIMITS } from './limits.ts';
import { samplesShape } from './preview.ts';

/** Where a proof goes: an email address, a phone number, or a push subscription, by the campaign's channel. */
export const proofAddressSchema = z.union([z.string().min(1).max(320), pushInfoSchema]);
export type ProofAddress = z.infer<typeof proofAddressSchema>;

/** `POST /v1/campaigns/{id}/proofs`. */
export const proofInputSchema = z
  .strictObject({
    ...samplesShape,
    addresses: z
      .array(proofAddressSchema)
      .min(1)
      .max(LIMITS.proofsPerCall)
      .describe('Email addresses, phone numbers in E.164, or push subscriptions.'),
    recipient: z
      .number()
      .int()
      .min(0)
      .max(LIMITS.recipientsPerCall - 1)
      .default(0)
      .describe('Whose values are used: the place of a recipient in the request or fixture.'),
    subjectPrefix: headerTextSchema(60)
      .default('[Proof] ')
      .describe('Before the subject of an email and the title of a push. An SMS has none.'),
  })
  .meta({ id: 'ProofInput', description: 'Either `request` or `fixture`.' });
export type ProofInput = z.infer<typeof proofInputSchema>;

export const proofsSchema = z
  .object({
    executionId: z.string().describe('Followed like any other: `GET /v1/executions/{id}`.'),
    campaignVersion: z.number().int(),
    createdAt: z.iso.datetime(),
    messages: z.array(z.object({ messageId: z.string(), addressIndex: z.number().int() })),
  })
  .meta({ id: 'Proofs', description: 'Every proof is on disk.' });
export type Proofs = z.infer<typeof proofsSchema>;
