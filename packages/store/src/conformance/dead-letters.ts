import { describe, expect, test } from '@jest/globals';
import { readAll, expectPaging } from './paging.ts';
import { aDeadLetter, NOW } from './samples.ts';
import { concurrently, HARD_TEXTS, newTenant, type Shared } from './subject.ts';

export function deadLetterCases(store: Shared): void {
  describe('dead letters', () => {
    test('are read as they were inserted', async () => {
      const tenant = newTenant();
      const letters = HARD_TEXTS.map((detail) => aDeadLetter(tenant, { detail, messageId: 'm' }));
      await store().deadLetters.insert(letters);
      await store().deadLetters.insert([]);
      for (const letter of letters) expect(await store().deadLetters.get(tenant, letter.id)).toEqual(letter);
      expect(await store().deadLetters.get(tenant, 'none')).toBeUndefined();
    });

    test('are inserted once per id, in a batch and under concurrency, and keep the first', async () => {
      const tenant = newTenant();
      const letter = aDeadLetter(tenant);
      await store().deadLetters.insert([letter, { ...letter, detail: 'second' }]);
      await concurrently(20, () => store().deadLetters.insert([{ ...letter, detail: 'later' }]));
      expect((await store().deadLetters.list(tenant, { limit: 10 })).items).toEqual([letter]);
    });

    test('without a tenant are read without one, and by nobody else', async () => {
      const tenant = newTenant();
      const letters = [aDeadLetter(undefined), aDeadLetter(undefined, { org: tenant.org }), aDeadLetter(tenant)];
      const [neither, half, owned] = letters.map(({ id }) => id);
      await store().deadLetters.insert(letters);
      const listed = await readAll((page) => store().deadLetters.list(undefined, page), 100);
      expect(listed.map(({ id }) => id).slice(0, 2)).toEqual([half, neither]);
      expect(listed).not.toContainEqual(letters[2]);
      expect((await store().deadLetters.list(tenant, { limit: 10 })).items).toEqual([letters[2]]);
      expect(await store().deadLetters.get(undefined, neither ?? '')).toEqual(letters[0]);
      expect(await store().deadLetters.get(undefined, owned ?? '')).toBeUndefined();
      expect(await store().deadLetters.get(tenant, neither ?? '')).toBeUndefined();
      expect(await store().deadLetters.get(tenant, half ?? '')).toBeUndefined();
    });

    test('are resolved once, whoever asks: the first word stays, and is seen everywhere', async () => {
      const tenant = newTenant();
      const [letter, other] = [aDeadLetter(tenant, { campaignId: 'c' }), aDeadLetter(tenant)];
      await store().deadLetters.insert([letter, other]);
      const answers = await concurrently(20, (n) =>
        store().deadLetters.resolve(tenant, letter.id, {
          kind: n % 2 ? 'replayed' : 'discarded',
          at: n,
          by: `key-${n}`,
        }),
      );
      const [first] = answers;
      expect(first?.resolution).toBeDefined();
      expect(answers).toEqual(answers.map(() => first));
      expect(await store().deadLetters.get(tenant, letter.id)).toEqual(first);
      await store().deadLetters.insert([letter]);
      expect((await store().deadLetters.list(tenant, { limit: 10 })).items).toEqual([other, first]);
      const resolution = { kind: 'discarded' as const, at: NOW, by: 'key', note: 'half pair \ud83d' };
      expect(await store().deadLetters.resolve(tenant, other.id, resolution)).toEqual({ ...other, resolution });
      expect(await store().deadLetters.resolve(tenant, 'none', resolution)).toBeUndefined();
    });

    test('are listed page by page, newest first', async () => {
      const tenant = newTenant();
      const add = async (): Promise<string> => {
        const letter = aDeadLetter(tenant);
        await store().deadLetters.insert([letter]);
        return letter.id;
      };
      const ids = [await add(), await add(), await add(), await add()].toReversed();
      await expectPaging({ list: (page) => store().deadLetters.list(tenant, page), idOf: ({ id }) => id, ids, add });
    });
  });
}
