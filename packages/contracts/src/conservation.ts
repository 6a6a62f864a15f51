import { z } from 'zod';
import { FINAL_STATES, type FinalState } from './words.ts';

/** What does not add up about a message. */
export const IMBALANCES = [
  'no-ending',
  'open-claim',
  'two-endings',
  'not-accepted',
  'index-differs',
  'index-missing',
] as const;

export const imbalanceSchema = z
  .object({
    problem: z
      .enum(IMBALANCES)
      .describe(
        '`no-ending`: accepted, past its deadline and the grace of the sweeper, and without a final state. `open-claim`: somebody claimed it, and neither the claim’s lease nor the deadline made an end of it, or a later attempt began without one. `two-endings`: a round that ended more than once, or went on after its end. `not-accepted`: it ended, and nobody accepted it. `index-differs`: the index of endings says another thing than the ledger. `index-missing`: it ended in the ledger, and the index does not have it by now.',
      ),
    messageId: z.string(),
    round: z.number().int(),
    acceptedAt: z.iso.datetime().optional(),
    detail: z.string().optional().describe('What the ledger and the index say: states and reasons.'),
  })
  .meta({ id: 'Imbalance' });
export type Imbalance = z.infer<typeof imbalanceSchema>;

const count = z.number().int().nonnegative();
const finalCounts = (): Record<FinalState, typeof count> => {
  const counts: Partial<Record<FinalState, typeof count>> = {};
  for (const state of FINAL_STATES) counts[state] = count;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each state was set
  return counts as Record<FinalState, typeof count>;
};

export const inFlightSchema = z
  .object({
    topic: z
      .string()
      .describe(
        'Where its record lies: a work topic, or a rung of the ladder. What nobody claimed yet is on one of the work topics of its lane and channel, which ends in `*` here.',
      ),
    state: z.enum(['accepted', 'sending', 'retrying']),
    count,
    oldest: z.object({ messageId: z.string(), acceptedAt: z.iso.datetime(), ageMs: z.number().int() }),
  })
  .meta({ id: 'InFlight' });
export type InFlight = z.infer<typeof inFlightSchema>;

/** An account of the messages that were accepted in a time, by the store alone. */
export const conservationSchema = z
  .object({
    from: z.iso.datetime().describe('Accepted at this time or later: not before what is kept of the ledger.'),
    to: z.iso.datetime(),
    accepted: count.describe('Messages: `final` + `inFlight` + those of `unbalanced` that have no ending.'),
    final: z.object(finalCounts()).describe('By the state of the newest round.'),
    inFlight: z.object({ count, topics: z.array(inFlightSchema) }),
    withoutEnding: count.describe('Accepted, and neither final nor in flight: all of them are in `unbalanced`.'),
    unconfirmed: count.describe(
      'Messages of calls that were never answered with 202, and of which nobody saw anything.',
    ),
    notIndexed: count.describe('Ended so lately that the index of endings may not have them yet.'),
    unbalanced: z.object({
      count: count.describe('Must be 0.'),
      items: z.array(imbalanceSchema).describe('The first `limit`, and the others of the same call.'),
    }),
    next: z
      .string()
      .optional()
      .describe(
        'There is more than one answer counts: the `cursor` of the next one, whose numbers are to be added to these.',
      ),
  })
  .meta({ id: 'Conservation' });
export type Conservation = z.infer<typeof conservationSchema>;
