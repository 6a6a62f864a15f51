import { z } from 'zod';

/**
 * How long to wait before the second attempt, the third, and so on, in milliseconds: each a rung of the ladder, and their
 * number bounds the attempts. An empty list: there is one attempt.
 */
export const retryMsSchema = z.array(z.number().int().min(1).max(86_400_000)).max(20);

/** The policy of a campaign's messages: its own, else its surface's; undefined: the installation's. */
export const retryMsOf = (
  campaign: { readonly retryMs?: readonly number[] | undefined },
  surface: { readonly retryMs?: readonly number[] | undefined } | undefined,
): readonly number[] | undefined => campaign.retryMs ?? surface?.retryMs;
