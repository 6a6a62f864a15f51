import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Provider } from '@herald/channels';
import { DEAD_TOPIC, ladderTopic, workTopic, type Surface } from '@herald/contracts';
import {
  createCircuit,
  createSenderStage,
  startLoop,
  type Loop,
  type Message,
  type Outcome,
  type Stage,
} from '@herald/pipeline';
import { createBench, recordOf, renderedMessage, type Bench } from '../support/pipeline.ts';
import { until } from '../support/until.ts';

type Rendered = Message<'message.rendered.v1'>;
const INPUT = workTopic('transactional', 'email', 'rendered');
const LADDER = [60_000, 300_000];

let bench: Bench;
let loop: Loop<'message.rendered.v1'> | undefined;
beforeEach(async () => {
  bench = await createBench({ ladderMs: LADDER });
});
afterEach(async () => {
  bench.patience.giveUp();
  await loop?.close();
  loop = undefined;
  await bench.dispose();
});

async function handle(message: Rendered, run: Stage<'message.rendered.v1'>): Promise<void> {
  loop = await startLoop(bench, {
    stage: 'sender-email',
    lane: 'transactional',
    channel: 'email',
    inputType: 'message.rendered.v1',
    inputTopic: INPUT,
    run,
  });
  await bench.bus.publish([recordOf(message)]);
  await until('it is acknowledged', async () =>
    (await bench.bus.lag('herald.sender-email.transactional.email', [INPUT])).get(INPUT) === 0 ? true : undefined,
  );
}

const retrying =
  (more: { readonly free?: true }): Stage<'message.rendered.v1'> =>
  (batch, ctx) =>
    batch.map(async (one): Promise<Outcome> => {
      const answer = await ctx.claim(one, 'smtp');
      if (answer.kind !== 'held') return answer.outcome;
      return { kind: 'retry', claim: answer.claim, reason: 'smtp-4xx', ...more };
    });

/** What waits on the ladder, by the rung it waits on. */
const waiting = async (): Promise<[rungMs: number, headers: Readonly<Record<string, string>>][]> => {
  const found: [number, Readonly<Record<string, string>>][] = [];
  for (const rungMs of LADDER) {
    for (const { headers } of await bench.records(ladderTopic('transactional', rungMs))) found.push([rungMs, headers]);
  }
  return found;
};
const resultOf = async ({ meta }: Rendered, attempt: number) =>
  (await bench.store.ledger.messages([meta.messageId]))[0]?.find(({ claim }) => claim.attempt === attempt)?.result;

describe('a message with a policy of its own', () => {
  test.each([
    [1, 300_000],
    [2, 60_000],
  ])('waits after attempt %i as it says, not as the installation does', async (attempt, rungMs) => {
    const message = renderedMessage({ meta: { attempt }, body: { retryMs: [300_000, 60_000] } });
    await handle(message, retrying({}));
    expect(await waiting()).toMatchObject([[rungMs, { attempt: String(attempt + 1) }]]);
  });

  test.each([[[]], [[60_000]]])('has as many attempts as it says: %j', async (retryMs: number[]) => {
    const message = renderedMessage({ meta: { attempt: retryMs.length + 1 }, body: { retryMs } });
    await handle(message, retrying({}));
    expect(await waiting()).toEqual([]);
    expect((await resultOf(message, retryMs.length + 1))?.outcome).toMatchObject({
      state: 'dead',
      reason: 'exhausted',
    });
  });
});

describe('a retry that could not begin before the deadline', () => {
  test.each([
    [{}, 'expired', 'deadline'],
    // Asked at an earlier attempt, whose answer nobody saw: it may have the message.
    [{ keepsProvider: 'smtp' }, 'failed', 'outcome-unknown'],
  ])('with %j ends as %s/%s', async (earlier, state, reason) => {
    const deadline = bench.runtime.clock.now() + 30_000;
    const message = renderedMessage({ meta: { attempt: 2, deadline, ...earlier } });
    await handle(message, retrying({}));
    expect(await waiting()).toEqual([]);
    expect((await resultOf(message, 2))?.outcome).toMatchObject({ kind: 'final', state, reason });
  });
});

describe('an attempt that came to no call', () => {
  test('is not counted: the next one is counted as it would have been', async () => {
    const message = renderedMessage({ body: { retryMs: [] } });
    await handle(message, retrying({ free: true }));
    expect(await waiting()).toMatchObject([[60_000, { attempt: '2', 'free-attempts': '1' }]]);
    expect((await resultOf(message, 1))?.outcome).toMatchObject({ kind: 'retry', free: true });
  });

  test('leaves the others their number', async () => {
    const message = renderedMessage({ meta: { attempt: 3, freeAttempts: 2 }, body: { retryMs: [300_000] } });
    await handle(message, retrying({}));
    expect(await waiting()).toMatchObject([[300_000, { attempt: '4', 'free-attempts': '2' }]]);
  });

  test('is not told in the dead letter either', async () => {
    const message = renderedMessage({ meta: { attempt: 4, freeAttempts: 2 }, body: { retryMs: [300_000] } });
    await handle(message, retrying({}));
    expect((await bench.records(DEAD_TOPIC))[0]?.headers).toMatchObject({ 'dead-attempts': '2' });
  });

  const SURFACE: Surface = {
    id: 's-1',
    name: 'mail',
    channel: 'email',
    status: 'active',
    sender: { name: '', address: 'no-reply@example.com' },
    providers: ['smtp'],
    revision: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    modifiedAt: '2026-01-01T00:00:00.000Z',
  };

  /** The real sender's stage; `afterClaim` happens when it has won a claim and before it calls. */
  function sender(calls: string[], callMs: number, afterClaim: () => void): Stage<'message.rendered.v1'> {
    const provider: Provider<'email'> = {
      name: 'smtp',
      capacity: 4,
      send: async ({ messageId }) => {
        calls.push(messageId);
        return { kind: 'accepted', providerMessageId: 'x' };
      },
      close: async () => {},
    };
    const { clock } = bench.runtime;
    const stage = createSenderStage({
      channel: 'email',
      providers: [provider],
      controls: () => ({ circuit: createCircuit(clock, { failures: 5, openMs: 1_000 }) }),
      clock,
      callMs,
      surface: () => SURFACE,
      standing: () => (paused ? 'paused' : 'live'),
      obstacle: async () => undefined,
      overCap: async () => false,
      onReply: () => {},
    });
    return (batch, ctx) =>
      stage.run(batch, {
        ...ctx,
        claim: async (...args) => {
          const answer = await ctx.claim(...args);
          afterClaim();
          return answer;
        },
      });
  }
  let paused = false;
  beforeEach(() => {
    paused = false;
  });

  test('a pause that comes between claim and call makes one: nothing is sent, nothing used up', async () => {
    const calls: string[] = [];
    const message = renderedMessage({ body: { retryMs: [] } });
    const run = sender(calls, 1_000, () => {
      paused = true;
      bench.advance(6_000);
    });
    await handle(message, run);
    expect(calls).toEqual([]);
    expect((await resultOf(message, 1))?.outcome).toMatchObject({
      kind: 'retry',
      reason: 'campaign-paused',
      free: true,
    });
    expect(await waiting()).toMatchObject([[60_000, { attempt: '2', 'free-attempts': '1' }]]);
  });

  test('so does a lease of which too little is left', async () => {
    const calls: string[] = [];
    const message = renderedMessage({ body: { retryMs: [] } });
    await handle(
      message,
      sender(calls, 8_000, () => bench.advance(4_000)),
    );
    expect(calls).toEqual([]);
    expect((await resultOf(message, 1))?.outcome).toMatchObject({
      kind: 'retry',
      reason: 'lease-too-short',
      free: true,
    });
  });
});
