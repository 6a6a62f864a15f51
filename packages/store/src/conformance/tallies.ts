import { describe, expect, test } from '@jest/globals';
import type { Tally } from '../port.ts';
import { unique } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function tallyCases(store: Shared): void {
  describe('tallies', () => {
    const tally = (over: Partial<Tally> = {}): Tally => ({
      ...newTenant(),
      campaignId: unique('campaign'),
      provider: 'smtp',
      window: 1_000,
      sent: 1,
      refused: 2,
      unclear: 3,
      ...over,
    });
    const of = async (from: number, { org }: Tally): Promise<Tally[]> =>
      (await store().tallies.since(from)).filter((one) => one.org === org).toSorted((a, b) => a.window - b.window);

    test('are summed up by window, campaign and provider, under any concurrency', async () => {
      const one = tally();
      await concurrently(20, () => store().tallies.add([one, one]));
      expect(await of(1_000, one)).toEqual([{ ...one, sent: 40, refused: 80, unclear: 120 }]);
      await store().tallies.add([]);
    });

    test('are apart by window, campaign, provider and tenant', async () => {
      const one = tally();
      const all = [
        one,
        { ...one, window: 2_000 },
        { ...one, sandbox: 'dev' },
        { ...one, provider: '' },
        ...HARD_TEXTS.map((provider) => ({ ...one, provider })),
        { ...one, campaignId: 'other' },
      ];
      await store().tallies.add(all);
      expect(await of(0, one)).toHaveLength(all.length);
      expect(await of(1_001, one)).toEqual([{ ...one, window: 2_000 }]);
    });

    test('of windows that are dropped nothing is left, and the others stay', async () => {
      const one = tally({ window: 10 });
      const later = { ...one, window: 11 };
      await store().tallies.add([one, later]);
      await store().tallies.drop(11);
      expect(await of(0, one)).toEqual([later]);
    });
  });
}
