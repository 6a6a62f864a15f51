import { describe, expect, test } from '@jest/globals';
import type { ConnectionRequest, RateRequest } from '../port.ts';
import { unique } from './samples.ts';
import { concurrently, type Shared } from './subject.ts';

export const aRateRequest = (over: Partial<RateRequest> = {}): RateRequest => ({
  provider: unique('provider'),
  lane: 'transactional',
  perSecond: 100,
  reservedShare: 0,
  count: 1,
  ...over,
});
export const aConnectionRequest = (over: Partial<ConnectionRequest> = {}): ConnectionRequest => ({
  provider: unique('provider'),
  holder: unique('holder'),
  lane: 'transactional',
  limit: 10,
  reservedShare: 0,
  open: 0,
  want: 10,
  ...over,
});

export function providerGrantCases(store: Shared): void {
  describe('provider grants', () => {
    test('are slots one after the other, no more than wanted and no farther than a second ahead', async () => {
      const request = aRateRequest({ count: 10 });
      const [first, second] = await store().providerGrants.leaseRate([request, request]);
      for (const slots of [first?.slots ?? [], second?.slots ?? []]) {
        expect(slots).toHaveLength(10);
        expect(slots[0]).toBeGreaterThanOrEqual(0);
        expect((slots.at(-1) ?? 0) - (slots[0] ?? 0)).toBeCloseTo(90);
      }
      const [rest] = await store().providerGrants.leaseRate([{ ...request, count: 1_000 }]);
      expect(rest?.slots.at(-1)).toBeLessThanOrEqual(1_000);
      expect(rest?.againInMs).toBeGreaterThan(0);
      expect(await store().providerGrants.leaseRate([])).toEqual([]);
    });

    test('of many who ask at once there are no more slots than the rate', async () => {
      const request = aRateRequest({ count: 40 });
      const from = performance.now();
      const grants = (await concurrently(12, () => store().providerGrants.leaseRate([request]))).flat();
      const seconds = (performance.now() - from) / 1_000;
      const slots = grants.reduce((sum, grant) => sum + grant.slots.length, 0);
      expect(slots).toBeGreaterThanOrEqual(100);
      // A second ahead of the last answer, and one at each end.
      expect(slots).toBeLessThanOrEqual(100 * (1 + seconds) + 2);
    });

    test('to marketing reach a quarter of a second ahead, without the reserve; providers are apart', async () => {
      const request = aRateRequest({ count: 1_000, reservedShare: 0.2 });
      const [marketing, transactional, none, other] = await store().providerGrants.leaseRate([
        { ...request, lane: 'marketing' },
        request,
        { ...request, lane: 'marketing' },
        aRateRequest({ count: 5 }),
      ]);
      expect(marketing?.slots).toHaveLength(21);
      expect(transactional?.slots.length).toBeGreaterThanOrEqual(79);
      expect(none?.slots).toEqual([]);
      expect(other?.slots).toHaveLength(5);
    });

    test('of connections are never more than the limit, and what is given back is to be had', async () => {
      const request = aConnectionRequest({ want: 8 });
      const [first] = await store().providerGrants.leaseConnections([request]);
      expect(first).toMatchObject({ held: 8, target: 8 });
      const other = { ...request, holder: unique('holder') };
      const [second] = await store().providerGrants.leaseConnections([other]);
      expect(second?.held).toBe(2);
      // The first has to share now, and keeps what it has open until it is closed.
      const [third, fourth] = await store().providerGrants.leaseConnections([
        { ...request, open: 8 },
        { ...request, open: 5 },
      ]);
      expect([third, fourth]).toMatchObject([
        { held: 8, target: 5 },
        { held: 5, target: 5 },
      ]);
      expect((await store().providerGrants.leaseConnections([{ ...other, open: 2 }]))[0]?.held).toBe(5);
      await store().providerGrants.leaseConnections([{ ...request, open: 0, want: 0 }]);
      expect((await store().providerGrants.leaseConnections([{ ...other, open: 5 }]))[0]?.held).toBe(8);
    });

    test('of connections, asked for at once, are never more than the limit', async () => {
      const { provider } = aConnectionRequest();
      const asked = Array.from({ length: 12 }, () => aConnectionRequest({ provider, want: 3 }));
      const grants = await concurrently(12, (n) => store().providerGrants.leaseConnections([asked[n]!]));
      expect(grants.flat().reduce((sum, { held }) => sum + held, 0)).toBeLessThanOrEqual(10);
    });

    test('of connections run out', async () => {
      const request = aConnectionRequest();
      const [grant] = await store().providerGrants.leaseConnections([request]);
      const other = { ...request, holder: unique('holder') };
      const over = performance.now() + 2 * (grant?.forMs ?? 0);
      let held = 0;
      while (held === 0 && performance.now() < over) {
        held = (await store().providerGrants.leaseConnections([other]))[0]?.held ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(held).toBe(10);
    });
  });
}
