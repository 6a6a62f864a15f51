import { describe, expect, test } from '@jest/globals';
import { messageIdOf } from '@herald/contracts';
import type { AttemptKey, ClaimEntry, ResultEntry } from '../port.ts';
import { aClaim, anAttempt, aResult, aTakeover, executionIdAt, NOW } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, shuffled, type Shared } from './subject.ts';

export function ledgerCases(store: Shared): void {
  const recordOf = async (key: AttemptKey) => (await store().ledger.attempts([key]))[0];

  describe('ledger', () => {
    test('keeps claims and results as they were inserted', async () => {
      const tenant = newTenant();
      const plans: ClaimEntry['plan'][] = [
        { kind: 'call', provider: 'smtp', leaseUntil: NOW + 1 },
        { kind: 'end', ending: { state: 'excluded', reason: 'suppressed' } },
        { kind: 'end', ending: { state: 'failed', reason: 'template-error', detail: 'context.a' } },
      ];
      const outcomes: ResultEntry['outcome'][] = [
        { kind: 'retry', notBefore: NOW + 1, reason: 'smtp-4xx', detail: '451' },
        { kind: 'final', state: 'expired', reason: 'deadline' },
        ...HARD_TEXTS.map((detail) => ({
          kind: 'final' as const,
          state: 'dead' as const,
          reason: 'exhausted',
          detail,
        })),
      ];
      for (const plan of plans) {
        const key = anAttempt();
        const claim = aClaim(tenant, key, { plan });
        expect(await store().ledger.claim([claim])).toEqual([true]);
        expect(await recordOf(key)).toStrictEqual({ claim, takeovers: [] });
      }
      for (const outcome of outcomes) {
        const key = anAttempt();
        const { input: _, ...claim } = aClaim(tenant, key, { times: { accepted: NOW } });
        const result: ResultEntry = { ...key, at: NOW, outcome };
        await store().ledger.claim([claim]);
        expect(await store().ledger.settle([result])).toEqual([true]);
        expect(await recordOf(key)).toStrictEqual({ claim, takeovers: [], result });
      }
    });

    test('gives an attempt to one claim of a batch: the first', async () => {
      const tenant = newTenant();
      const [a, b] = [anAttempt(), anAttempt()];
      const claims = [a, b, a, a, b].map((key, n) => aClaim(tenant, key, { at: NOW + n }));
      expect(await store().ledger.claim(claims)).toEqual([true, true, false, false, false]);
      expect((await store().ledger.attempts([a, b])).map((record) => record?.claim)).toEqual(claims.slice(0, 2));
      expect(await store().ledger.claim([])).toEqual([]);
    });

    test('gives an attempt to one of 50 claims at once, and what is stored is that one', async () => {
      const tenant = newTenant();
      const keys = Array.from({ length: 10 }, () => anAttempt());
      const calls = Array.from({ length: 50 }, (_, n) => keys.map((key) => aClaim(tenant, key, { at: NOW + n })));
      const answers = await Promise.all(calls.map((claims) => store().ledger.claim(claims)));
      const stored = await store().ledger.attempts(keys);
      keys.forEach((_, place) => {
        const won = calls.filter((__, n) => answers[n]?.[place]).map((claims) => claims[place]);
        expect(won).toHaveLength(1);
        expect([stored[place]?.claim]).toEqual(won);
      });
    });

    test('gives each attempt of many overlapping batches at once to one', async () => {
      const tenant = newTenant();
      const keys = Array.from({ length: 300 }, () => anAttempt());
      const calls = Array.from({ length: 8 }, (_, n) =>
        shuffled(keys, n)
          .slice(0, 200)
          .map((key) => aClaim(tenant, key, { at: NOW + n })),
      );
      const answers = await Promise.all(calls.map((claims) => store().ledger.claim(claims)));
      const won = calls.flatMap((claims, n) => claims.filter((_, place) => answers[n]?.[place]));
      const asked = new Set(calls.flat().map(({ messageId }) => messageId));
      expect(won).toHaveLength(asked.size);
      expect((await store().ledger.attempts(won)).map((record) => record?.claim)).toEqual(won);
    });

    test('refuses a claim that is there, even the same one, and keeps it', async () => {
      const tenant = newTenant();
      const key = anAttempt();
      const claim = aClaim(tenant, key);
      await store().ledger.claim([claim]);
      const ending = { kind: 'end' as const, ending: { state: 'failed' as const, reason: 'lost' } };
      expect(await store().ledger.claim([aClaim(tenant, key, { plan: ending }), claim])).toEqual([false, false]);
      expect(await recordOf(key)).toEqual({ claim, takeovers: [] });
    });

    test('gives an attempt one result: of a batch the first, of many calls one', async () => {
      const key = anAttempt();
      const other = anAttempt();
      await store().ledger.claim([aClaim(newTenant(), key), aClaim(newTenant(), other)]);
      expect(await store().ledger.settle([aResult(key, { at: 1 }), aResult(key, { at: 2 })])).toEqual([true, false]);
      expect((await recordOf(key))?.result).toEqual(aResult(key, { at: 1 }));
      const answers = await concurrently(50, (n) => store().ledger.settle([aResult(other, { at: n })]));
      const won = answers.flatMap(([inserted], n) => (inserted ? [n] : []));
      expect(won).toHaveLength(1);
      expect([(await recordOf(other))?.result?.at]).toEqual(won);
      expect(await store().ledger.settle([])).toEqual([]);
    });

    test('numbers take-overs, and gives each number to one', async () => {
      const key = anAttempt();
      const claim = aClaim(newTenant(), key);
      await store().ledger.claim([claim]);
      expect(await store().ledger.takeOver([aTakeover(key, 1), aTakeover(key, 1)])).toEqual([true, false]);
      const answers = await concurrently(50, () => store().ledger.takeOver([aTakeover(key, 2)]));
      expect(answers.flat().filter(Boolean)).toHaveLength(1);
      const later = Array.from({ length: 9 }, (_, n) => aTakeover(key, n + 3));
      expect(await store().ledger.takeOver(later)).toEqual(later.map(() => true));
      expect(await store().ledger.takeOver([])).toEqual([]);
      const all = [aTakeover(key, 1), aTakeover(key, 2), ...later];
      expect(await recordOf(key)).toStrictEqual({ claim, takeovers: all });
    });

    test('answers for each attempt asked, in order, undefined where there is no claim', async () => {
      const tenant = newTenant();
      const [a, b] = [anAttempt(), anAttempt()];
      const claims = [aClaim(tenant, a), aClaim(tenant, b)];
      await store().ledger.claim(claims);
      const asked = [b, { ...a, attempt: 2 }, a, { ...b, round: 2 }, anAttempt(), b];
      const answers = await store().ledger.attempts(asked);
      expect(answers.map((record) => record?.claim)).toEqual([
        claims[1],
        undefined,
        claims[0],
        undefined,
        undefined,
        claims[1],
      ]);
      expect(await store().ledger.attempts([])).toEqual([]);
    });

    test('takes no attempt for another whose number begins alike', async () => {
      const tenant = newTenant();
      const key = anAttempt();
      const alike = [
        { ...key, attempt: 10 },
        { ...key, attempt: 11 },
        { ...key, round: 11 },
      ];
      await store().ledger.claim(alike.map((other) => aClaim(tenant, other)));
      await store().ledger.settle(alike.map((other) => aResult(other)));
      await store().ledger.takeOver(alike.map((other) => aTakeover(other, 1)));
      expect(await recordOf(key)).toBeUndefined();
      await store().ledger.claim([aClaim(tenant, key)]);
      expect(await recordOf(key)).toEqual({ claim: aClaim(tenant, key), takeovers: [] });
    });

    test('lists the attempts of messages by round and attempt as numbers', async () => {
      const tenant = newTenant();
      const executionId = executionIdAt(NOW);
      const [one, ten, none] = [1, 10, 2].map((place) => messageIdOf(executionId, place));
      const keys = [2, 10, 1].flatMap((round) =>
        Array.from({ length: 12 }, (_, n) => ({ messageId: one ?? '', round, attempt: 12 - n })),
      );
      const tenth = { messageId: ten ?? '', round: 1, attempt: 1 };
      await store().ledger.claim([...keys, tenth].map((key) => aClaim(tenant, key)));
      await store().ledger.settle(keys.map((key) => aResult(key)));
      await store().ledger.takeOver([aTakeover({ ...tenth }, 1)]);
      const expected = [1, 2, 10].flatMap((round) =>
        Array.from({ length: 12 }, (_, n) => {
          const key = { messageId: one ?? '', round, attempt: n + 1 };
          return { claim: aClaim(tenant, key), takeovers: [], result: aResult(key) };
        }),
      );
      expect(await store().ledger.messages([ten ?? '', none ?? '', one ?? ''])).toStrictEqual([
        [{ claim: aClaim(tenant, tenth), takeovers: [aTakeover(tenth, 1)] }],
        [],
        expected,
      ]);
      expect(await store().ledger.messages([])).toEqual([]);
    });

    test('lists the attempts of many messages, each as often as it is asked for', async () => {
      const tenant = newTenant();
      const keys = Array.from({ length: 250 }, () => anAttempt());
      await store().ledger.claim(keys.map((key) => aClaim(tenant, key)));
      const asked = [...keys, ...keys.toReversed(), anAttempt()].map(({ messageId }) => messageId);
      const listed = await store().ledger.messages(asked);
      expect(listed.slice(0, 500).map(([attempt]) => attempt?.claim.messageId)).toEqual(asked.slice(0, 500));
      expect(listed.every((attempts, place) => attempts.length === (place < 500 ? 1 : 0))).toBe(true);
    });

    test('takes 5,000 claims at once, and loses none', async () => {
      const tenant = newTenant();
      const keys = Array.from({ length: 5_000 }, () => anAttempt());
      const answers = await concurrently(100, (n) =>
        store().ledger.claim(keys.slice(n * 50, n * 50 + 50).map((key) => aClaim(tenant, key))),
      );
      expect(answers.flat().filter(Boolean)).toHaveLength(5_000);
      const stored = await store().ledger.attempts(keys);
      expect(stored.map((record) => record?.claim.messageId)).toEqual(keys.map(({ messageId }) => messageId));
    });
  });
}
