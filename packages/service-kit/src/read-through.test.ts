import { expect, test } from '@jest/globals';
import { createReadThrough } from './read-through.ts';

test('a read that is under way is not the answer to a later question, and later questions share one read', async () => {
  const shared = createReadThrough<number>();
  const gates: ((value: number) => void)[] = [];
  const read = (): Promise<number> => new Promise((resolve) => void gates.push(resolve));

  const first = shared('k', read);
  const later = Array.from({ length: 50 }, () => shared('k', read));
  expect(gates).toHaveLength(1);
  gates[0]?.(1);
  await expect(first).resolves.toBe(1);
  await Promise.resolve();
  expect(gates).toHaveLength(2);
  gates[1]?.(2);
  await expect(Promise.all(later)).resolves.toEqual(later.map(() => 2));
});

test('a failed read fails its own callers only', async () => {
  const shared = createReadThrough<number>();
  const failing = shared('k', () => Promise.reject(new Error('down')));
  const next = shared('k', () => Promise.resolve(2));
  await expect(failing).rejects.toThrow('down');
  await expect(next).resolves.toBe(2);
  await expect(shared('k', () => Promise.resolve(3))).resolves.toBe(3);
});
