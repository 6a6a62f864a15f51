import { expect, test } from '@jest/globals';
import type { Outgoing, Reply } from '@herald/channels';
import type { Channel } from '@herald/contracts';
import { createAccount } from './account.ts';
import { createCircuit } from './circuit.ts';
import type { Slots } from './slots.ts';

const ACCEPTED: Reply = { kind: 'accepted', providerMessageId: 'x' };
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the account looks at nothing of it
const outgoing = {} as Outgoing<Channel>;

/** An account whose provider answers when it is told to; the time moves by hand. */
function setUp() {
  let now = 0;
  const unanswered: ((reply: Reply) => void)[] = [];
  const provider = {
    name: 'smtp',
    capacity: 2,
    send: () => new Promise<Reply>((resolve) => unanswered.push(resolve)),
    close: () => Promise.resolve(),
  };
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const circuit = createCircuit(clock, { failures: 5, openMs: 1_000 });
  const account = createAccount(provider, clock, { circuit });
  return {
    account,
    pass: (ms: number) => (now += ms),
    async reply(tookMs: number): Promise<void> {
      const sent = account.send(outgoing, undefined);
      now += tookMs;
      unanswered.pop()?.(ACCEPTED);
      await sent;
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How many can be held at once. */
async function room(slots: Slots): Promise<number> {
  let held = 0;
  for (let asked = 0; asked < 20; asked += 1) void slots.acquire().then(() => (held += 1));
  await turn();
  return held;
}

test('a provider that was not heard of yet is claimed for no more than it can take at once', async () => {
  expect(await room(setUp().account.claims)).toBe(2);
});

test('one that replies fast is claimed for four times as much, and called for no more than it can take', async () => {
  const { account, reply } = setUp();
  await reply(20);
  expect(await room(account.claims)).toBe(8);
  expect(await room(account.calls)).toBe(2);
});

test('one that is slow is not claimed ahead, nor one that has become slow', async () => {
  const slow = setUp();
  await slow.reply(5_000);
  expect(await room(slow.account.claims)).toBe(2);
  const slower = setUp();
  await slower.reply(20);
  await slower.reply(20_000);
  expect(await room(slower.account.claims)).toBe(2);
});

test('one that begins to hang is not claimed ahead any more, before its call is over', async () => {
  const { account, pass, reply } = setUp();
  await reply(20);
  void account.send(outgoing, undefined);
  pass(1_001);
  expect(await room(account.claims)).toBe(2);
});
