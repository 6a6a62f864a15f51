import { z } from 'zod';

export const CHANNELS = ['email', 'sms', 'push'] as const;
export const channelSchema = z
  .enum(CHANNELS)
  .meta({ id: 'Channel', description: 'How a message leaves Herald. A campaign has exactly one.' });
export type Channel = z.infer<typeof channelSchema>;

export const LANES = ['transactional', 'marketing'] as const;
export const laneSchema = z.enum(LANES).meta({
  id: 'Lane',
  description: "A campaign's category is also the lane that its messages travel on, from the call to the provider.",
});
export type Lane = z.infer<typeof laneSchema>;

/** The five ways in which a message can end. Each message ends in exactly one of them per round. */
export const FINAL_STATES = ['sent', 'failed', 'excluded', 'expired', 'dead'] as const;
export const finalStateSchema = z.enum(FINAL_STATES);
export type FinalState = z.infer<typeof finalStateSchema>;

export const guaranteeSchema = z.enum(['at-least-once', 'at-most-once']).meta({
  id: 'Guarantee',
  description:
    'What happens to a call of a provider whose outcome nobody saw: it is made again, or the message fails as `outcome-unknown`.',
});
export type Guarantee = z.infer<typeof guaranteeSchema>;

/** Who owns a thing: it is part of every key and every index. */
const tenantNameSchema = z
  .string()
  .min(1)
  .max(100)
  // No store and no topic could keep two such names apart.
  .refine((name) => name.isWellFormed(), 'must not contain half of a surrogate pair');
export const tenantSchema = z.object({ org: tenantNameSchema, sandbox: tenantNameSchema });
export type Tenant = z.infer<typeof tenantSchema>;

export const reasonSchema = z
  .string()
  .min(1)
  .max(60)
  .describe('A coded reason: lower-case words joined by hyphens, as listed in docs/errors.md.');

export const positionSchema = z
  .object({
    topic: z.string().min(1),
    partition: z.number().int().nonnegative(),
    offset: z.number().int().nonnegative(),
  })
  .meta({ id: 'Position', description: 'Where a record lies on the log.' });
export type Position = z.infer<typeof positionSchema>;
