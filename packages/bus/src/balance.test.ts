import { expect, test } from '@jest/globals';
import { balance } from './balance.ts';

interface Partition {
  readonly topic: string;
  readonly number: number;
}

interface Subscriber {
  readonly name: string;
  readonly topics: ReadonlySet<string>;
}

const subscriber = (name: string, ...topics: string[]): Subscriber => ({ name, topics: new Set(topics) });
const partitionsOf = (topic: string, count: number): Partition[] =>
  Array.from({ length: count }, (_, number) => ({ topic, number }));

function loads(owners: ReadonlyMap<Partition, Subscriber>, topic?: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [partition, { name }] of owners) {
    if (topic === undefined || partition.topic === topic) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const nobody = (): undefined => undefined;

test('partitions are shared evenly, within each topic and in all', () => {
  const topics = ['a', 'b', 'c', 'd'];
  const members = ['x', 'y', 'z'].map((name) => subscriber(name, ...topics));
  const partitions = topics.flatMap((topic) => partitionsOf(topic, 4));
  const owners = balance(members, partitions, nobody);
  expect(owners.size).toBe(16);
  for (const topic of topics) expect([...loads(owners, topic).values()].toSorted((x, y) => x - y)).toEqual([1, 1, 2]);
  expect([...loads(owners).values()].toSorted((x, y) => x - y)).toEqual([5, 5, 6]);
});

test('topics of one partition are shared too', () => {
  const topics = Array.from({ length: 9 }, (_, index) => `rung ${index}`);
  const partitions = topics.flatMap((topic) => partitionsOf(topic, 1));
  const [first, second] = [subscriber('first', ...topics), subscriber('second', ...topics)];
  const alone = balance([first], partitions, nobody);
  const both = balance([first, second], partitions, (partition) => alone.get(partition));
  expect([...loads(both).values()].toSorted((x, y) => x - y)).toEqual([4, 5]);
});

test('a member that comes takes its share and nothing else moves', () => {
  const partitions = partitionsOf('a', 12);
  const members = ['x', 'y'].map((name) => subscriber(name, 'a'));
  const before = balance(members, partitions, nobody);
  const newcomer = subscriber('z', 'a');
  const after = balance([...members, newcomer], partitions, (partition) => before.get(partition));
  const moved = partitions.filter((partition) => before.get(partition) !== after.get(partition));
  expect(moved).toHaveLength(4);
  expect(moved.every((partition) => after.get(partition) === newcomer)).toBe(true);
});

test('nobody is given a topic that it does not read, and one that nobody reads has no owner', () => {
  const [a, b, c] = [partitionsOf('a', 3), partitionsOf('b', 3), partitionsOf('c', 1)];
  const [ofA, ofBoth] = [subscriber('of a', 'a'), subscriber('of both', 'a', 'b')];
  const owners = balance([ofA, ofBoth], [...a, ...b, ...c], nobody);
  expect(b.map((partition) => owners.get(partition))).toEqual([ofBoth, ofBoth, ofBoth]);
  expect(loads(owners, 'a').get('of a')).toBe(2);
  expect(owners.has(c[0]!)).toBe(false);
});

test('more members than partitions: some wait', () => {
  const members = Array.from({ length: 5 }, (_, index) => subscriber(String(index), 'a'));
  expect(loads(balance(members, partitionsOf('a', 2), nobody)).size).toBe(2);
});
