import { describe, expect, test } from '@jest/globals';
import type { RoundEntry } from '../port.ts';
import { anAttempt, aClaim, aRound, NOW } from './samples.ts';
import { concurrently, newTenant, type Shared } from './subject.ts';

export function roundCases(store: Shared): void {
  describe('rounds', () => {
    test('are opened once each, under any concurrency, and read as they were', async () => {
      const tenant = newTenant();
      const { messageId } = anAttempt();
      const note = 'half pair \ud83d';
      const answers = await concurrently(20, (n) =>
        store().ledger.openRounds([aRound(tenant, messageId, 2, { at: NOW + n, note, notBefore: n })]),
      );
      expect(answers.flat().filter(Boolean)).toHaveLength(1);
      const won = answers.findIndex(([inserted]) => inserted);
      const second = aRound(tenant, messageId, 2, { at: NOW + won, note, notBefore: won });
      const later = [3, 10].map((round) => aRound(tenant, messageId, round));
      expect(await store().ledger.openRounds([...later, ...later])).toEqual([true, true, false, false]);
      const other = anAttempt().messageId;
      expect(await store().ledger.rounds([other, messageId, messageId])).toEqual([
        [],
        [second, ...later],
        [second, ...later],
      ]);
      expect(await store().ledger.rounds([])).toEqual([]);
      expect(await store().ledger.openRounds([])).toEqual([]);
    });

    test('are no attempts: claims of a message stand beside them', async () => {
      const tenant = newTenant();
      const key = anAttempt();
      await store().ledger.claim([aClaim(tenant, key)]);
      await store().ledger.openRounds([aRound(tenant, key.messageId, 2)]);
      const again = { ...key, round: 2 };
      await store().ledger.claim([aClaim(tenant, again)]);
      expect(await store().ledger.messages([key.messageId])).toEqual([
        [
          { claim: aClaim(tenant, key), takeovers: [] },
          { claim: aClaim(tenant, again), takeovers: [] },
        ],
      ]);
    });

    test('overdue are found by deadline and id, of every tenant, page by page', async () => {
      const base = NOW - 2_000_000_000;
      const deadlines = [5, 3, 3, 9, 1, 3];
      const rounds = deadlines.map((deadline) =>
        aRound(newTenant(), anAttempt(base).messageId, 2, { deadline: base + deadline }),
      );
      await store().ledger.openRounds(rounds);
      const expected = rounds
        .filter(({ deadline }) => deadline < base + 9)
        .toSorted((a, b) => a.deadline - b.deadline || (a.messageId < b.messageId ? -1 : 1));
      const paged: RoundEntry[] = [];
      for (;;) {
        const after = paged.at(-1);
        const page = await store().ledger.overdueRounds({ before: base + 9, limit: 2, ...(after && { after }) });
        if (page.length === 0) break;
        paged.push(...page);
      }
      expect(paged).toEqual(expected);
    });
  });
}
