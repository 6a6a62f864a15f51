import { describe, expect, test } from '@jest/globals';
import type { CapRequest } from '../port.ts';
import { concurrently, HARD_TEXTS, newTenant, shuffled, type Shared } from './subject.ts';

export function capCases(store: Shared): void {
  describe('caps', () => {
    const ask = (over: Partial<CapRequest> = {}): CapRequest => ({
      ...newTenant(),
      key: 'k',
      window: 1_000,
      limit: 2,
      ...over,
    });

    test('take as many as the limit, in the order of the batch, and no more', async () => {
      const one = ask();
      const other = { ...one, key: 'other' };
      expect(await store().caps.take([one, other, one, one, other, one])).toEqual([
        true,
        true,
        true,
        false,
        true,
        false,
      ]);
      expect(await store().caps.take([one])).toEqual([false]);
      expect(await store().caps.take([])).toEqual([]);
    });

    test('what is refused is not counted: a higher limit has exactly that much more room', async () => {
      const one = ask();
      await store().caps.take(Array.from({ length: 10 }, () => one));
      expect(await store().caps.take(Array.from({ length: 3 }, () => ({ ...one, limit: 4 })))).toEqual([
        true,
        true,
        false,
      ]);
    });

    test('windows, keys and tenants are apart', async () => {
      const one = ask({ limit: 1 });
      const all = [
        one,
        { ...one, window: 2_000 },
        { ...one, sandbox: 'dev' },
        { ...one, org: 'another' },
        ...HARD_TEXTS.map((key) => ({ ...one, key })),
      ];
      expect(await store().caps.take(all)).toEqual(all.map(() => true));
      expect(await store().caps.take(all)).toEqual(all.map(() => false));
    });

    test('a limit of nothing takes nothing', async () => {
      expect(await store().caps.take([ask({ limit: 0 })])).toEqual([false]);
    });

    test('of many windows in overlapping batches at once each takes exactly its limit', async () => {
      const { org, sandbox } = newTenant();
      const keys = Array.from({ length: 60 }, (_, n) => `key-${n}`);
      const batches = Array.from({ length: 8 }, (_, n) =>
        shuffled(keys, n).map((key) => ({ org, sandbox, key, window: 1_000, limit: 3 })),
      );
      const answers = await concurrently(8, (n) => store().caps.take(batches[n] ?? []));
      const taken = batches.flatMap((batch, n) => batch.filter((_, place) => answers[n]?.[place]));
      for (const key of keys) expect([key, taken.filter((request) => request.key === key).length]).toEqual([key, 3]);
    });

    test('under any concurrency no window takes more than its limit', async () => {
      const one = ask({ limit: 25 });
      const answers = (await concurrently(50, () => store().caps.take([one, one]))).flat();
      expect(answers.filter(Boolean)).toHaveLength(25);
    });
  });
}
