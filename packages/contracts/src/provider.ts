import { z } from 'zod';
import { channelSchema, type Channel } from './words.ts';

/** The channel of each kind of provider. The provider of a kind that `HERALD_…` settings configure has the kind's name. */
export const CHANNEL_OF_KIND = { smtp: 'email', twilio: 'sms', 'web-push': 'push' } as const satisfies Record<
  string,
  Channel
>;
export type ProviderKind = keyof typeof CHANNEL_OF_KIND;

export const providerViewSchema = z
  .object({
    name: z.string().describe('By which surfaces name it.'),
    kind: z.enum(Object.keys(CHANNEL_OF_KIND) as [ProviderKind, ...ProviderKind[]]),
    channel: channelSchema,
    rate: z.number().optional().describe('Messages per second, over all workers; absent: no limit.'),
    connections: z.number().optional().describe('Connections at once, over all workers; absent: no limit.'),
  })
  .meta({
    id: 'Provider',
    description: 'An account at somebody who takes messages, as this installation configures it.',
  });
export type ProviderView = z.infer<typeof providerViewSchema>;
