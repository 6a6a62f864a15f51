import { expect, test } from '@jest/globals';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './partition.ts';

test('the partition of a key is the one that Java chooses', () => {
  // Values of org.apache.kafka.common.utils.Utils.murmur2, from the tests of Kafka itself.
  const known = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 };
  for (const [key, hash] of Object.entries(known)) expect(partitionOf(key, 1_000)).toBe((hash & 0x7fffffff) % 1_000);
});

test('and the one that kafkajs chooses, whatever the key', () => {
  const choose = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  const keys = ['', 'a', 'ab', 'abc', 'ünï', '\u{1f600}', ...Array.from({ length: 500 }, (_, index) => `key-${index}`)];
  for (const key of keys) {
    const theirs = choose({ topic: 't', partitionMetadata, message: { key: Buffer.from(key), value: null } });
    expect(partitionOf(key, 12)).toBe(theirs);
  }
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
