import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { leaseConnections, leaseRate, NO_GRANTS, type GrantState } from './grants.ts';

const lane = fc.constantFrom('transactional' as const, 'marketing' as const);

test('whoever asks whenever, over any second there are no more slots than the rate and one for each part of it', () => {
  const asks = fc.array(fc.record({ lane, afterMs: fc.integer({ min: 0, max: 400 }), count: fc.nat(60) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(asks, fc.constantFrom(1, 14, 100), fc.constantFrom(0, 0.2), (requests, perSecond, reservedShare) => {
      let state: GrantState = NO_GRANTS;
      let now = 1_000_000;
      const slots: number[] = [];
      for (const { afterMs, ...request } of requests) {
        now += afterMs;
        const [after, grant] = leaseRate(state, { provider: 'p', perSecond, reservedShare, ...request }, now);
        state = after;
        expect(grant.slots.length).toBeLessThanOrEqual(request.count);
        slots.push(...grant.slots.map((inMs) => now + inMs));
      }
      slots.sort((a, b) => a - b);
      const most = Math.floor(perSecond) + (reservedShare > 0 ? 2 : 1);
      for (const from of slots)
        expect(slots.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(most);
    }),
  );
});

test('a clock that steps back does not stop the slots', () => {
  const request = { provider: 'p', lane: 'transactional', perSecond: 10, reservedShare: 0, count: 5 } as const;
  const [state] = leaseRate(NO_GRANTS, request, 1_000_000);
  const [, grant] = leaseRate(state, request, 400_000);
  expect(grant.slots).toEqual([100, 200, 300, 400, 500]);
});

test('connections that were leased by a clock which has been set back since are free', () => {
  const request = { provider: 'p', lane: 'transactional', limit: 4, reservedShare: 0, open: 0, want: 4 } as const;
  const [state, first] = leaseConnections(NO_GRANTS, { ...request, holder: 'dead' }, 3_600_000);
  expect(first.held).toBe(4);
  expect(leaseConnections(state, { ...request, holder: 'next' }, 0)[1].held).toBe(4);
});

test('a rate of less than one in a second has its slot all the same', () => {
  const request = { provider: 'p', lane: 'marketing', perSecond: 0.5, reservedShare: 0, count: 2 } as const;
  const [state, first] = leaseRate(NO_GRANTS, request, 0);
  expect(first).toEqual({ slots: [0], againInMs: 1_750 });
  expect(leaseRate(state, request, 1_750)[1].slots).toEqual([250]);
});

test('connections that are open are kept, but for these there are never more than the limit', () => {
  const asks = fc.array(
    fc.record({
      lane,
      holder: fc.constantFrom('a', 'b', 'c'),
      afterMs: fc.integer({ min: 0, max: 2_000 }),
      want: fc.nat(12),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(asks, fc.integer({ min: 1, max: 12 }), (requests, limit) => {
      let state: GrantState = NO_GRANTS;
      let now = 0;
      for (const { afterMs, ...request } of requests) {
        now += afterMs;
        const [after, grant] = leaseConnections(
          state,
          {
            provider: 'p',
            limit,
            reservedShare: 0.2,
            open: 0,
            ...request,
            holder: `${request.holder} ${request.lane}`,
          },
          now,
        );
        state = after;
        expect(grant.held).toBeLessThanOrEqual(request.want);
        const holders = Object.values(state.holders).filter(({ until }) => until > now);
        expect(holders.reduce((sum, { held }) => sum + held, 0)).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test('marketing leaves the reserve, and gives way to transactional that has none', () => {
  const base = { provider: 'p', limit: 10, reservedShare: 0.2, open: 0, want: 10 } as const;
  const [one, marketing] = leaseConnections(NO_GRANTS, { ...base, holder: 'm', lane: 'marketing' }, 0);
  expect(marketing.held).toBe(8);
  const [two, transactional] = leaseConnections(one, { ...base, holder: 't', lane: 'transactional' }, 0);
  expect(transactional.held).toBe(2);
  const [, less] = leaseConnections(two, { ...base, holder: 'm', lane: 'marketing', open: 8 }, 0);
  expect(less).toMatchObject({ held: 8, target: 4 });
});
