import { z } from 'zod';

/** How a message leaves Herald. A campaign has exactly one. */
export const CHANNELS = ['email', 'sms', 'push'] as const;
export const channelSchema = z.enum(CHANNELS);
export type Channel = z.infer<typeof channelSchema>;

/** A campaign's category is also the lane its messages travel on, from ingress to the provider. */
export const LANES = ['transactional', 'marketing'] as const;
export const laneSchema = z.enum(LANES);
export type Lane = z.infer<typeof laneSchema>;

/** The five ways in which a message can end. Each message ends in exactly one of them per round. */
export const FINAL_STATES = ['sent', 'failed', 'excluded', 'expired', 'dead'] as const;
export const finalStateSchema = z.enum(FINAL_STATES);
export type FinalState = z.infer<typeof finalStateSchema>;

/** What happens to a provider call whose outcome nobody saw. */
export const guaranteeSchema = z.enum(['at-least-once', 'at-most-once']);
export type Guarantee = z.infer<typeof guaranteeSchema>;

/** Who owns a thing: it is part of every key and every index. */
export const tenantSchema = z.object({
  org: z.string().min(1).max(100),
  sandbox: z.string().min(1).max(100),
});
export type Tenant = z.infer<typeof tenantSchema>;

/** A coded reason: lower-case words joined by hyphens, as listed in docs/errors.md. */
export const reasonSchema = z.string().min(1).max(60);

/** Where a record lies on the log. */
export const positionSchema = z.object({
  topic: z.string().min(1),
  partition: z.number().int().nonnegative(),
  offset: z.number().int().nonnegative(),
});
export type Position = z.infer<typeof positionSchema>;
