import { expect, test } from '@jest/globals';
import { partitionOf } from './partition.ts';

test('the partition of a key never changes', () => {
  expect(['', 'a', 'key 1', 'key 2', 'ünï'].map((key) => partitionOf(key, 1_000))).toEqual([809, 775, 123, 813, 851]);
});

test('keys spread evenly, also over few partitions', () => {
  for (const partitions of [2, 3, 4, 8, 16]) {
    const counts = Array.from({ length: partitions }, () => 0);
    for (let index = 0; index < 16_000; index += 1) {
      const partition = partitionOf(`recipient-${index}`, partitions);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan((16_000 / partitions) * 0.85);
    expect(Math.max(...counts)).toBeLessThan((16_000 / partitions) * 1.15);
  }
});
