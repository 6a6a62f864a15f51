import { expect, test } from '@jest/globals';
import { gather } from './gather.ts';

function controlled(): {
  batches: number[][];
  run: (items: readonly number[]) => Promise<number[]>;
  finish: () => void;
} {
  const batches: number[][] = [];
  const waiting: (() => void)[] = [];
  return {
    batches,
    run: (items) => {
      batches.push([...items]);
      return new Promise((resolve) => waiting.push(() => resolve(items.map((item) => item * 10))));
    },
    finish: () => waiting.shift()?.(),
  };
}

test('what arrives while a run is under way forms the next batch, in its order', async () => {
  const { batches, run, finish } = controlled();
  const call = gather(run, { maxItems: 100 });
  const first = call(1);
  await Promise.resolve();
  const others = [call(2), call(3), call(4)];
  await Promise.resolve();
  expect(batches).toEqual([[1]]);
  finish();
  expect(await first).toBe(10);
  await Promise.resolve();
  expect(batches).toEqual([[1], [2, 3, 4]]);
  finish();
  expect(await Promise.all(others)).toEqual([20, 30, 40]);
});

test('items of one synchronous loop travel together although nothing is under way', async () => {
  const { batches, run, finish } = controlled();
  const call = gather(run, { maxItems: 100 });
  const all = [1, 2, 3].map(call);
  await Promise.resolve();
  expect(batches).toEqual([[1, 2, 3]]);
  finish();
  expect(await Promise.all(all)).toEqual([10, 20, 30]);
});

test('a batch holds no more than its maximum', async () => {
  const { batches, run, finish } = controlled();
  const call = gather(run, { maxItems: 2 });
  const all = [1, 2, 3].map(call);
  await Promise.resolve();
  expect(batches).toEqual([[1, 2]]);
  finish();
  await all[0];
  await Promise.resolve();
  expect(batches).toEqual([[1, 2], [3]]);
  finish();
  expect(await Promise.all(all)).toEqual([10, 20, 30]);
});

test('a run that throws rejects its own items and not the next ones', async () => {
  let runs = 0;
  const call = gather(
    async (items: readonly number[]) => {
      runs += 1;
      if (runs === 1) throw new Error('broken');
      return items;
    },
    { maxItems: 1 },
  );
  const [first, second] = [call(1), call(2)];
  await expect(first).rejects.toThrow('broken');
  expect(await second).toBe(2);
});
