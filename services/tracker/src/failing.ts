import type { EventBody } from '@herald/contracts';
import type { Tally } from '@herald/store';

export type Counted = Pick<Tally, 'sent' | 'refused' | 'unclear'>;

/** Ends that say nothing of the campaign: the recipient's choice, or Herald's own fault. */
const SAYS_NOTHING = new Set(['unsubscribed', 'lost']);
/** Ends that a provider which is down brings about as well. */
const UNCLEAR = new Set(['exhausted', 'outcome-unknown', 'deadline']);

/** What an ending counts as; undefined: it says nothing of its campaign. */
export function kindOf({
  state,
  reason,
  provider,
  dryRun,
  proof,
}: Pick<EventBody<'message.status.v1'>, 'state' | 'reason' | 'provider' | 'dryRun' | 'proof'>):
  keyof Counted | undefined {
  if (dryRun === true || proof === true || state === 'excluded' || SAYS_NOTHING.has(reason)) return undefined;
  if (state === 'sent') return 'sent';
  if (UNCLEAR.has(reason)) return provider === undefined ? undefined : 'unclear';
  return state === 'expired' ? undefined : 'refused';
}

export interface Threshold {
  /** How many must have ended. */
  readonly min: number;
  /** How many of them must have failed, in per cent. */
  readonly percent: number;
  /** How long one window of the tallies is, in milliseconds. */
  readonly stepMs: number;
}
export interface Failing extends Pick<Tally, 'org' | 'sandbox' | 'campaignId'> {
  readonly ended: number;
  readonly failed: number;
  readonly provider: string;
}

const keyOf = ({ org, sandbox, campaignId }: Pick<Tally, 'org' | 'sandbox' | 'campaignId'>): string =>
  JSON.stringify([org, sandbox, campaignId]);

/**
 * The campaigns that fail for nearly everyone. What a provider refused for good is the campaign's failure, whoever else
 * is refused. What may be the provider's fault counts only where other campaigns had more luck with the same provider,
 * at that time and right after it; otherwise it is as if it had not been: an outage is what it looks like. `countedFrom`
 * says of a campaign when its counting began.
 */
export function failing(
  tallies: readonly Tally[],
  { min, percent, stepMs }: Threshold,
  countedFrom: (campaign: Pick<Tally, 'org' | 'sandbox' | 'campaignId'>) => number = () => 0,
): Failing[] {
  const providers = new Map<string, Counted>();
  const placeOf = (provider: string, window: number): string => `${window} ${provider}`;
  for (const { provider, window, ...counts } of tallies) {
    const place = placeOf(provider, window);
    providers.set(place, plus(providers.get(place), counts, 1));
  }
  /** Whether the provider works for those who are not this campaign. */
  const othersSucceed = (own: readonly Tally[], provider: string, window: number): boolean => {
    const mine = own.filter((one) => one.provider === provider && one.window === window);
    const { sent, refused, unclear } = mine.reduce<Counted>(
      (sum, one) => plus(sum, one, -1),
      providers.get(placeOf(provider, window)) ?? NOTHING,
    );
    return sent > 0 && sent >= refused + unclear;
  };

  const found: Failing[] = [];
  for (const own of Map.groupBy(tallies, keyOf).values()) {
    const [first] = own;
    if (first === undefined) continue;
    let ended = 0;
    let failed = 0;
    const { org, sandbox, campaignId } = first;
    const from = countedFrom(first);
    for (const { provider, window, sent, refused, unclear } of own) {
      if (window < from) continue;
      const blamed =
        unclear > 0 && [window, window + stepMs].every((time) => othersSucceed(own, provider, time)) ? unclear : 0;
      ended += sent + refused + blamed;
      failed += refused + blamed;
    }
    if (ended >= min && failed * 100 >= ended * percent && failed > 0) {
      found.push({ org, sandbox, campaignId, ended, failed, provider: own.at(-1)?.provider ?? '' });
    }
  }
  return found;
}

const NOTHING: Counted = { sent: 0, refused: 0, unclear: 0 };

const plus = (sum: Counted = NOTHING, { sent, refused, unclear }: Counted, sign: 1 | -1): Counted => ({
  sent: sum.sent + sign * sent,
  refused: sum.refused + sign * refused,
  unclear: sum.unclear + sign * unclear,
});
