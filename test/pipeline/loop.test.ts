import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEAD_TOPIC, ladderTopic, messageIdOf, Outage, STATUS_TOPIC, workTopic } from '@herald/contracts';
import { startLoop, type Loop, type Message, type Outcome, type Stage } from '@herald/pipeline';
import type { ExecutionRecord } from '@herald/store';
import { unique } from '../support/client.ts';
import { createBench, recordOf, renderedMessage, type Bench } from '../support/pipeline.ts';
import { until } from '../support/until.ts';

const INPUT = workTopic('transactional', 'email', 'rendered');
const RUNG = ladderTopic('transactional', 60_000);
type M = Message<'message.rendered.v1'>;

let bench: Bench;
let loop: Loop<'message.rendered.v1'> | undefined;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(async () => {
  bench.patience.giveUp();
  await loop?.close();
  loop = undefined;
  await bench.dispose();
});

async function start(run: Stage<'message.rendered.v1'>, on = bench): Promise<void> {
  loop = await startLoop(on, {
    stage: 'sender-email',
    lane: 'transactional',
    channel: 'email',
    inputType: 'message.rendered.v1',
    inputTopic: INPUT,
    run,
  });
}
const each =
  (decide: (message: M) => Promise<Outcome> | Outcome): Stage<'message.rendered.v1'> =>
  (batch) =>
    batch.map(async (message) => decide(message));
const EXCLUDED: Outcome = { kind: 'end', ending: { state: 'excluded', reason: 'suppressed' } };

const acknowledged = (): Promise<unknown> =>
  until('everything is acknowledged', async () =>
    (await bench.bus.lag('herald.sender-email.transactional.email', [INPUT])).get(INPUT) === 0 ? true : undefined,
  );
const attempts = async ({ meta }: M) => (await bench.store.ledger.messages([meta.messageId]))[0];

describe('outcomes', () => {
  test('an end is claimed, settled, told, and acknowledged', async () => {
    const message = renderedMessage();
    await start(each(() => EXCLUDED));
    await bench.bus.publish([recordOf(message)]);
    await acknowledged();
    expect(await attempts(message)).toMatchObject([
      { claim: { plan: EXCLUDED }, result: { outcome: { state: 'excluded', reason: 'suppressed' } } },
    ]);
    const [status] = await bench.records(STATUS_TOPIC);
    expect(JSON.parse(Buffer.from(status?.value ?? []).toString())).toMatchObject({
      state: 'excluded',
      messageId: message.meta.messageId,
    });
  });

  test('a hold waits on the ladder, unchanged, and uses up no attempt', async () => {
    const message = renderedMessage();
    await start(each(() => ({ kind: 'hold', reason: 'campaign-paused' })));
    await bench.bus.publish([recordOf(message)]);
    await acknowledged();
    const [held] = await bench.records(RUNG);
    expect(held?.headers).toMatchObject({
      attempt: '1',
      rung: '1',
      'origin-topic': INPUT,
      type: 'message.rendered.v1',
    });
    expect(held?.value).toEqual(new Uint8Array(recordOf(message).value));
    expect(await attempts(message)).toEqual([]);
  });

  test('a retry is settled first, then waits on the ladder as the next attempt', async () => {
    const message = renderedMessage();
    await start((batch, ctx) =>
      batch.map(async (one): Promise<Outcome> => {
        const answer = await ctx.claim(one, 'smtp');
        return answer.kind === 'held' ? { kind: 'retry', claim: answer.claim, reason: 'smtp-4xx' } : answer.outcome;
      }),
    );
    await bench.bus.publish([recordOf(message)]);
    await acknowledged();
    expect(await attempts(message)).toMatchObject([{ result: { outcome: { kind: 'retry', reason: 'smtp-4xx' } } }]);
    expect((await bench.records(RUNG))[0]?.headers).toMatchObject({ attempt: '2', rung: '0' });
  });

  test('a retry that could not begin before the deadline ends as expired at once', async () => {
    const message = renderedMessage({ meta: { deadline: Date.now() + 30_000 } });
    await start((batch, ctx) =>
      batch.map(async (one): Promise<Outcome> => {
        const answer = await ctx.claim(one, 'smtp');
        return answer.kind === 'held' ? { kind: 'retry', claim: answer.claim, reason: 'smtp-4xx' } : answer.outcome;
      }),
    );
    await bench.bus.publish([recordOf(message)]);
    await acknowledged();
    expect(await attempts(message)).toMatchObject([{ result: { outcome: { state: 'expired', reason: 'deadline' } } }]);
    expect(await bench.records(RUNG)).toEqual([]);
  });

  test('a dead message lies on the dead-letter topic byte for byte, with reason, stage and source', async () => {
    const message = renderedMessage();
    await start(each(() => ({ kind: 'dead', reason: 'too-large', detail: '7 bytes' })));
    await bench.bus.publish([recordOf(message)]);
    await acknowledged();
    const [letter] = await bench.records(DEAD_TOPIC);
    expect(letter?.value).toEqual(new Uint8Array(recordOf(message).value));
    expect(letter?.headers).toMatchObject({
      'dead-reason': 'too-large',
      'dead-stage': 'sender-email',
      'dead-source': expect.stringMatching(new RegExp(`^${INPUT}/\\d/0$`)),
      'origin-topic': INPUT,
    });
    expect(await attempts(message)).toMatchObject([{ result: { outcome: { state: 'dead' } } }]);
  });
});

test('what is past its deadline never reaches the stage', async () => {
  const message = renderedMessage({ meta: { deadline: Date.now() - 1 } });
  let seen = 0;
  await start(each(() => ((seen += 1), EXCLUDED)));
  await bench.bus.publish([recordOf(message)]);
  await acknowledged();
  expect(seen).toBe(0);
  expect(await attempts(message)).toMatchObject([{ result: { outcome: { state: 'expired', reason: 'deadline' } } }]);
});

test('a bug of the stage makes a dead letter of its message, and its neighbours go on', async () => {
  const [good, bad] = [renderedMessage(), renderedMessage()];
  await start(
    each((message) => {
      if (message.meta.messageId === bad.meta.messageId) throw new TypeError('quotes ada@example.com');
      return EXCLUDED;
    }),
  );
  await bench.bus.publish([recordOf(bad), recordOf(good)]);
  await acknowledged();
  expect(await attempts(good)).toMatchObject([{ result: { outcome: { state: 'excluded' } } }]);
  expect(await attempts(bad)).toMatchObject([
    { result: { outcome: { state: 'dead', reason: 'internal-error', detail: 'TypeError' } } },
  ]);
  expect(bench.bugs).toEqual([bad.meta.messageId]);
  const [letter] = await bench.records(DEAD_TOPIC);
  const places = letter?.headers['dead-stack']?.split(' ') ?? [];
  expect(places.length).toBeGreaterThan(0);
  for (const place of places) expect(place).toMatch(/^(?:packages|services)\/[\w./-]+\.ts:\d+$/);
  expect(places.some((place) => place.startsWith('packages/pipeline/src/guard.ts:'))).toBe(true);
});

describe('records that cannot be read', () => {
  const stored = async (message: M): Promise<void> => {
    const record: ExecutionRecord = {
      executionId: message.body.executionId,
      org: 'herald',
      sandbox: 'prod',
      campaignId: 'c-1',
      campaignVersion: 1,
      requestId: unique('r'),
      keyId: 'k',
      channel: 'email',
      lane: 'transactional',
      guarantee: 'at-least-once',
      bodyHash: 'h',
      recipients: ['r'],
      acceptedAt: Date.now(),
      deadline: message.meta.deadline,
    };
    await bench.store.executions.insert([record]);
  };

  test('bytes without sense: a dead letter and an alarm, and the stage goes on', async () => {
    const message = renderedMessage();
    await start(each(() => EXCLUDED));
    await bench.bus.publish([
      { topic: INPUT, key: 'k', headers: { x: 'y' }, value: Buffer.from([0xff, 0x00]) },
      recordOf(message),
    ]);
    await acknowledged();
    expect((await bench.records(DEAD_TOPIC))[0]?.headers).toMatchObject({ 'dead-reason': 'unreadable', x: 'y' });
    expect(bench.alarms).toEqual(['unreadable-record']);
    expect(await attempts(message)).toMatchObject([{ result: { outcome: { state: 'excluded' } } }]);
  });

  test('a known message with a broken payload ends as dead, in the ledger too', async () => {
    const message = renderedMessage();
    await stored(message);
    await start(each(() => EXCLUDED));
    await bench.bus.publish([{ ...recordOf(message), value: Buffer.from('{"half":') }]);
    await acknowledged();
    expect(await attempts(message)).toMatchObject([{ result: { outcome: { state: 'dead', reason: 'unreadable' } } }]);
  });

  test('a later version is held for a release that knows it', async () => {
    const message = renderedMessage();
    await stored(message);
    await start(each(() => EXCLUDED));
    const record = recordOf(message);
    await bench.bus.publish([{ ...record, headers: { ...record.headers, type: 'message.rendered.v2' } }]);
    await acknowledged();
    expect((await bench.records(RUNG))[0]?.headers).toMatchObject({
      type: 'message.rendered.v2',
      'origin-topic': INPUT,
    });
    expect(await attempts(message)).toEqual([]);
  });
});

test('messages of one key are done one after the other, although others overtake them', async () => {
  const key = unique('key');
  const slow = Promise.withResolvers<void>();
  const order: string[] = [];
  const [first, second, other] = [
    renderedMessage({ meta: { key } }),
    renderedMessage({ meta: { key } }),
    renderedMessage(),
  ];
  await start(
    each(async (message) => {
      if (message.meta.messageId === first.meta.messageId) await slow.promise;
      order.push(message.meta.messageId);
      return EXCLUDED;
    }),
  );
  await bench.bus.publish([first, second, other].map(recordOf));
  await until('the other one is done', () => (order.length === 1 ? true : undefined));
  slow.resolve();
  await acknowledged();
  expect(order).toEqual([other, first, second].map(({ meta }) => meta.messageId));
});

test('nothing is acknowledged before its result is stored', async () => {
  const release = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const held = await createBench({
    store: (store) => ({
      ...store,
      failed: store.failed,
      ledger: {
        ...store.ledger,
        settle: async (entries) => {
          reached.resolve();
          await release.promise;
          return store.ledger.settle(entries);
        },
      },
    }),
  });
  await start(
    each(() => EXCLUDED),
    held,
  );
  await held.bus.publish([recordOf(renderedMessage())]);
  await reached.promise;
  // An acknowledgement made later, by somebody else, is committed: one made by now would be, too.
  await held.bus.publish([{ ...recordOf(renderedMessage()), topic: STATUS_TOPIC }]);
  const other = await held.bus.consume({
    topics: [STATUS_TOPIC],
    group: 'other',
    maxInFlight: 10,
    maxInFlightBytes: 1_000_000,
    onBatch: (batch) => batch.forEach((delivery) => delivery.ack()),
  });
  await until('the other one is committed', async () =>
    (await held.bus.lag('other', [STATUS_TOPIC])).get(STATUS_TOPIC) === 0 ? true : undefined,
  );
  await other.close();
  expect((await held.bus.lag('herald.sender-email.transactional.email', [INPUT])).get(INPUT)).toBe(1);
  release.resolve();
  await until('acknowledged', async () =>
    (await held.bus.lag('herald.sender-email.transactional.email', [INPUT])).get(INPUT) === 0 ? true : undefined,
  );
  await loop?.close();
  loop = undefined;
  await held.dispose();
});

test('an outage of the store stops consumption, and it goes on when the store is back', async () => {
  let down = true;
  let tries = 0;
  const broken = await createBench({
    store: (store) => ({
      ...store,
      failed: store.failed,
      ledger: {
        ...store.ledger,
        claim: async (entries) => {
          tries += 1;
          if (down) throw new Outage('unavailable', 'down on purpose');
          return store.ledger.claim(entries);
        },
      },
    }),
  });
  const message = renderedMessage();
  await start(
    each(() => EXCLUDED),
    broken,
  );
  await broken.bus.publish([recordOf(message)]);
  await until('it was tried again', () => (tries > 1 ? true : undefined));
  expect(broken.patience.waiting).toBe(true);
  down = false;
  const [found] = await until('it is settled', async () => {
    const [entries] = await broken.store.ledger.messages([message.meta.messageId]);
    return entries?.[0]?.result === undefined ? undefined : entries;
  });
  expect(found?.result?.outcome).toMatchObject({ state: 'excluded' });
  expect(broken.patience.waiting).toBe(false);
  await loop?.close();
  loop = undefined;
  await broken.dispose();
});

test('over an edge, the input is acknowledged only when all that came of it is safe, and the claim names the input', async () => {
  const release = Promise.withResolvers<void>();
  const message = renderedMessage();
  await start(
    each(async () => {
      await release.promise;
      return EXCLUDED;
    }),
  );
  const pushed = loop?.push({ ...message, source: { topic: 'elsewhere', partition: 1, offset: 9 } });
  let over = false;
  void pushed?.then(() => (over = true));
  await bench.store.configRevision();
  expect(over).toBe(false);
  release.resolve();
  await pushed;
  expect(await attempts(message)).toMatchObject([
    { claim: { input: { topic: 'elsewhere', partition: 1, offset: 9 } }, result: {} },
  ]);
  expect(messageIdOf(message.body.executionId, 0)).toBe(message.meta.messageId);
});
