import { expect, test } from '@jest/globals';
import { Outage } from '@herald/contracts';
import { watch } from './watch.ts';

const STALL_MS = 60_000;
const EVERY_MS = 2_000;
const TOPIC = 'topic';

/** One consumer that is looked at; the time moves by hand. */
function setUp({ alone = false }: { readonly alone?: boolean } = {}) {
  let now = 1_000_000;
  let wake = (): void => {};
  const at = { lag: 0, inHand: 0, done: 0, waiting: false, away: false };
  const clock = {
    now: () => now,
    sleep: () => new Promise<void>((resolve) => (wake = resolve)),
  };
  const bus = {
    lag: () =>
      at.away ? Promise.reject(new Outage('unavailable', 'away')) : Promise.resolve(new Map([[TOPIC, at.lag]])),
  };
  const patience = {
    get waiting() {
      return at.waiting;
    },
  };
  const lags: number[] = [];
  const one = { group: 'group', topics: [TOPIC], done: () => at.done, inHand: () => at.inHand };
  const watching = watch({ bus, runtime: { clock }, patience }, [one], {
    stallMs: STALL_MS,
    everyMs: EVERY_MS,
    alone,
    onLag: (_group, _topic, records) => lags.push(records),
  });
  let stalled: string | undefined;
  void watching.stalled.then(({ message }) => (stalled = message));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    at,
    lags,
    step: (ms: number) => void (now += ms),
    /** Whether it is said to stand still after so long. */
    async after(ms: number, each: () => void = () => {}): Promise<string | undefined> {
      await turn();
      for (let passed = 0; passed < ms; passed += EVERY_MS) {
        now += EVERY_MS;
        each();
        wake();
        await turn();
      }
      return stalled;
    },
  };
}

test('who has work in hand and does none for so long stands still, and it is said how much that is', async () => {
  const { at, after, lags } = setUp();
  Object.assign(at, { inHand: 453, lag: 500 });
  expect(await after(STALL_MS)).toBeUndefined();
  expect(await after(2 * EVERY_MS)).toBe('group has 453 records to do and did none for 60000 ms');
  expect(lags.at(-1)).toBe(500);
});

test('who does one message now and then does not stand still, nor does who has nothing to do', async () => {
  const busy = setUp();
  busy.at.inHand = 10;
  let turns = 0;
  const oneInAMinute = (): void => {
    turns += 1;
    if (turns % 29 === 0) busy.at.done += 1;
  };
  expect(await busy.after(10 * STALL_MS, oneInAMinute)).toBeUndefined();
  const idle = setUp();
  // What waits is somebody else's to do.
  idle.at.lag = 1_000;
  expect(await idle.after(10 * STALL_MS)).toBeUndefined();
});

test('where nobody else does the work, what waits is looked at, too', async () => {
  const { at, after } = setUp({ alone: true });
  at.lag = 3;
  expect(await after(STALL_MS + 2 * EVERY_MS)).toBe('group has 3 records to do and did none for 60000 ms');
});

test('an outage is no standing still: the time counts from its end', async () => {
  for (const outage of ['waiting', 'away'] as const) {
    const { at, after } = setUp();
    at.inHand = 10;
    at[outage] = true;
    expect(await after(5 * STALL_MS)).toBeUndefined();
    at[outage] = false;
    expect(await after(STALL_MS - EVERY_MS)).toBeUndefined();
    expect(await after(3 * EVERY_MS)).toBeDefined();
  }
});

test.each([
  ['ahead', 3_600_000],
  ['back', -3_600_000],
])('a clock that is set %s is none either, and hides none that comes', async (_, ms) => {
  const { at, after, step } = setUp();
  at.inHand = 10;
  await after(STALL_MS / 2);
  step(ms);
  expect(await after(STALL_MS - EVERY_MS)).toBeUndefined();
  expect(await after(3 * EVERY_MS)).toBeDefined();
});
