import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ClaimAnswer } from '@herald/pipeline';
import { createBench, LEASE_MS, renderedMessage, type Bench } from '../support/pipeline.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.dispose());

const CALL = { kind: 'call', provider: 'smtp' } as const;
const END = { kind: 'end', ending: { state: 'excluded', reason: 'suppressed' } } as const;
type M = ReturnType<typeof renderedMessage>;

const claim = (message: M, plan: typeof CALL | typeof END = CALL): Promise<ClaimAnswer> =>
  bench.ledger.claim(message, 'sender-email', plan);
const settle = ({ meta }: M, outcome: Parameters<Bench['ledger']['settle']>[0]['outcome']) =>
  bench.ledger.settle({ messageId: meta.messageId, round: meta.round, attempt: meta.attempt, at: Date.now(), outcome });

const SENT = { kind: 'final', state: 'sent', reason: 'accepted' } as const;

describe('a claim', () => {
  test('is won by one of many, and the others hold until the lease is over', async () => {
    const message = renderedMessage();
    const answers = await Promise.all(Array.from({ length: 50 }, () => claim(message)));
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(1);
    const refused = answers.filter((answer) => answer.kind === 'refused');
    for (const { outcome } of refused) expect(outcome).toMatchObject({ kind: 'hold', until: expect.any(Number) });
  });

  test('of another attempt or round is another claim', async () => {
    const message = renderedMessage();
    const again = { ...message, meta: { ...message.meta, attempt: 2 } };
    expect([(await claim(message)).kind, (await claim(again)).kind]).toEqual(['held', 'held']);
  });

  test('that has a result is followed: a final one', async () => {
    const message = renderedMessage();
    await claim(message);
    await settle(message, SENT);
    expect(await claim(message)).toMatchObject({
      kind: 'refused',
      outcome: { kind: 'follow', result: { outcome: SENT } },
    });
  });

  test('that has a result is followed: a retry', async () => {
    const message = renderedMessage();
    await claim(message);
    const retry = { kind: 'retry', notBefore: 1, reason: 'smtp-4xx' } as const;
    await settle(message, retry);
    expect(await claim(message)).toMatchObject({ outcome: { kind: 'follow', result: { outcome: retry } } });
  });

  test('that ends the message and has no result is completed with what it said, at once', async () => {
    const message = renderedMessage();
    await claim(message, END);
    expect(await claim(message)).toMatchObject({
      outcome: { kind: 'end', ending: END.ending, claim: { messageId: message.meta.messageId } },
    });
  });
});

describe('a call whose lease is over without a result', () => {
  const abandoned = async (over: Parameters<typeof renderedMessage>[0] = {}): Promise<M> => {
    const message = renderedMessage(over);
    await claim(message);
    bench.advance(LEASE_MS);
    return message;
  };

  test('is taken over by one of many, with its provider', async () => {
    const message = await abandoned();
    const other = { kind: 'call', provider: 'another' } as const;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bench.ledger.claim(message, 'sender-email', other)),
    );
    const held = answers.filter((answer) => answer.kind === 'held');
    expect(held).toHaveLength(1);
    expect(held[0]?.claim.provider).toBe('smtp');
  });

  test('is taken over again when the one who took it over dies too', async () => {
    const message = await abandoned();
    expect((await claim(message)).kind).toBe('held');
    expect(await claim(message)).toMatchObject({ outcome: { kind: 'hold' } });
    bench.advance(LEASE_MS);
    expect((await claim(message)).kind).toBe('held');
  });

  const UNKNOWN = { kind: 'refused', outcome: { kind: 'end', ending: { state: 'failed', reason: 'outcome-unknown' } } };

  test('is not called again under at-most-once', async () => {
    expect(await claim(await abandoned({ body: { guarantee: 'at-most-once' } }))).toMatchObject(UNKNOWN);
  });

  test('is not called again past the deadline', async () => {
    expect(await claim(await abandoned({ meta: { deadline: Date.now() + 1_000 } }))).toMatchObject(UNKNOWN);
  });

  test('is not called again when the message is to end for another reason, such as a suppression since', async () => {
    expect(await claim(await abandoned(), END)).toMatchObject(UNKNOWN);
  });
});

test('of two results the first one counts, for both who bring one', async () => {
  const message = renderedMessage();
  await claim(message);
  const [first, second] = await Promise.all([
    settle(message, SENT),
    settle(message, { kind: 'final', state: 'failed', reason: 'smtp-5xx' }),
  ]);
  expect(first.outcome).toEqual(SENT);
  expect(second.outcome).toEqual(SENT);
});
