import { expect, test } from '@jest/globals';
import type { Clock } from '@herald/contracts';
import { createAccount } from './account.ts';

const provider = {
  name: 'smtp',
  capacity: 2,
  send: () => Promise.reject(new Error('not called here')),
  close: () => Promise.resolve(),
};

/** Calls under way, each to be answered by hand after so many milliseconds. */
function setUp() {
  let now = 0;
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
  const account = createAccount(provider);
  const underWay: (() => void)[] = [];
  const call = (): Promise<void> => account.call(clock, () => new Promise<void>((resolve) => underWay.push(resolve)));
  return {
    account,
    underWay,
    call,
    async reply(tookMs: number): Promise<void> {
      const done = call();
      await Promise.resolve();
      now += tookMs;
      underWay.pop()?.();
      await done;
    },
    /** How many claims can be held now. */
    async claimable(): Promise<number> {
      let held = 0;
      for (let asked = 0; asked < 20; asked += 1) void account.claims.acquire().then(() => (held += 1));
      await new Promise((resolve) => setImmediate(resolve));
      return held;
    },
  };
}

test('a provider that was not heard of yet is claimed for no more than it can take at once', async () => {
  expect(await setUp().claimable()).toBe(2);
});

test('one that replies fast is claimed for four times as much, a slow one is not', async () => {
  const fast = setUp();
  await fast.reply(20);
  expect(await fast.claimable()).toBe(8);
  const slow = setUp();
  await slow.reply(5_000);
  expect(await slow.claimable()).toBe(2);
});

test('whatever is claimed, no more calls are under way than it can take', async () => {
  const { call, underWay } = setUp();
  const all = Promise.all(Array.from({ length: 6 }, call));
  for (let answered = 0; answered < 6; answered += 2) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(underWay).toHaveLength(2);
    underWay.splice(0).forEach((done) => done());
  }
  await all;
});
