import { expect, test } from '@jest/globals';
import type { RateGrant } from '@herald/store';
import { createPace, type RateSlot } from './pace.ts';

/** A pace on leases that the test gives out; the time moves by hand, and whoever sleeps is woken by that. */
function setUp(maxWaiting = 3) {
  let now = 1_000;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const asked: number[] = [];
  const grants: RateGrant[] = [];
  const ending = new AbortController();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pace = createPace({
    clock: {
      now: () => now,
      sleep: (ms, signal) =>
        new Promise((wake) => {
          sleepers.push({ at: now + ms, wake });
          signal?.addEventListener('abort', () => wake());
        }),
    },
    lease: (count) => {
      asked.push(count);
      return Promise.resolve(grants.shift() ?? { slots: [], againInMs: 100 });
    },
    maxWaiting,
    ending: ending.signal,
  });
  return {
    pace,
    asked,
    grants,
    ending,
    turn,
    async pass(ms: number): Promise<void> {
      now += ms;
      const due = sleepers.filter(({ at }) => at <= now);
      sleepers = sleepers.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      await turn();
    },
  };
}
const settled = async <T>(promise: Promise<T>, turn: () => Promise<void>): Promise<T | 'waiting'> => {
  await turn();
  return Promise.race([promise, turn().then(() => 'waiting' as const)]);
};

test('slots are leased for those who wait, handed out in order and a moment before their time', async () => {
  const { pace, asked, grants, turn, pass } = setUp();
  grants.push({ slots: [0, 70], againInMs: 0 });
  const first = await pace.take();
  expect(first).toEqual({ at: 1_000 });
  const second = pace.take();
  expect(await settled(second, turn)).toBe('waiting');
  await pass(20);
  expect(await settled(second, turn)).toEqual({ at: 1_070 });
  expect(asked).toEqual([1]);
});

test('where so many wait the next one is told so at once', async () => {
  const { pace, ending, turn } = setUp(2);
  const waiting = [pace.take(), pace.take()];
  expect(await pace.take()).toBeUndefined();
  expect(pace.waiting()).toBe(2);
  // The process ends: nobody waits any more, and their messages come again.
  const left = Promise.allSettled(waiting);
  ending.abort();
  await turn();
  const closed = { status: 'rejected', reason: { code: 'closed' } };
  expect(await left).toMatchObject([closed, closed]);
});

test('a call begins at the time of its slot; one that is late gets another, before all that wait', async () => {
  const { pace, grants, turn, pass } = setUp();
  grants.push({ slots: [40], againInMs: 0 });
  const slot = (await pace.take()) as RateSlot;
  const due = pace.due(slot);
  expect(await settled(due, turn)).toBe('waiting');
  await pass(40);
  expect(await settled(due, turn)).toBe(slot);

  grants.push({ slots: [0], againInMs: 0 });
  const late = (await pace.take()) as RateSlot;
  await pass(101);
  const waiting = pace.take();
  await turn();
  const again = pace.due(late);
  grants.push({ slots: [0, 90], againInMs: 0 });
  await pass(100);
  expect(await settled(again, turn)).toMatchObject({ at: 1_241 });
  expect(await settled(waiting, turn)).toBe('waiting');
});

test('a slot that was not used goes to the next; one that was is used up', async () => {
  const { pace, grants, turn } = setUp();
  grants.push({ slots: [0], againInMs: 0 });
  const slot = (await pace.take()) as RateSlot;
  pace.giveBack(slot);
  const next = (await pace.take()) as RateSlot;
  expect(next).toEqual(slot);
  await pace.due(next);
  pace.giveBack(next);
  expect(await settled(pace.take(), turn)).toBe('waiting');
});
