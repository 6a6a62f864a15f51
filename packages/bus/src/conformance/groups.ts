import { describe, expect, test } from '@jest/globals';
import { topic, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, records, sorted, until } from './support.ts';

export function groups(fixture: Fixture): void {
  const create = forEachCase(fixture);

  describe('groups', () => {
    test('two groups each see everything', async () => {
      const { bus } = await create([topic('a', 3)]);
      const one = await join(bus, { topics: ['a'], group: 'one', ack: always });
      await bus.publish(records('a', 100));
      const two = await join(bus, { topics: ['a'], group: 'two', ack: always });
      await one.arrived(100);
      await two.arrived(100);
      expect(sorted(one.keys())).toEqual(sorted(two.keys()));
    });

    test('members share the partitions, and one that leaves hands its records to the others', async () => {
      const { bus } = await create([topic('a', 4)]);
      const stays = await join(bus, { topics: ['a'], group: 'g', ack: always });
      const leaves = await join(bus, { topics: ['a'], group: 'g' });
      await until('both are handed something', async () => {
        await bus.publish(records('a', 100));
        return stays.deliveries.length > 0 && leaves.deliveries.length > 0;
      });
      await leaves.consumer.close();
      await until('the other one has done its work', async () => (await lagOf(bus, 'g', ['a'])) === 0);
    });

    test('members of one group may read different topics', async () => {
      const { bus } = await create([topic('a', 2), topic('b', 2)]);
      const ofA = await join(bus, { topics: ['a'], group: 'g', ack: always });
      const ofB = await join(bus, { topics: ['b'], group: 'g', ack: always });
      await bus.publish([...records('a', 20), ...records('b', 30)]);
      await ofA.arrived(20);
      await ofB.arrived(30);
      expect(new Set(ofA.deliveries.map((delivery) => delivery.topic))).toEqual(new Set(['a']));
      expect(new Set(ofB.deliveries.map((delivery) => delivery.topic))).toEqual(new Set(['b']));
    });

    test('50 members and 5,000 records: each is handed over at least once, and all is committed', async () => {
      const { bus } = await create([topic('a', 16)]);
      const published = records('a', 5_000);
      const publishing = Promise.all(
        Array.from({ length: 50 }, (_, index) => bus.publish(published.slice(index * 100, index * 100 + 100))),
      );
      const members = await Promise.all(
        Array.from({ length: 50 }, () => join(bus, { topics: ['a'], group: 'g', maxInFlight: 200, ack: always })),
      );
      await publishing;
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      const seen = new Set(members.flatMap((member) => member.keys()));
      expect(seen.size).toBe(5_000);
      await Promise.all(members.map((member) => member.consumer.close()));
    });

    test('members come and go under load: nothing is lost', async () => {
      const { bus } = await create([topic('a', 8)]);
      const seen = new Set<string>();
      const open = () =>
        bus.consume({
          topics: ['a'],
          group: 'g',
          maxInFlight: 50,
          maxInFlightBytes: 1e6,
          onBatch: (batch) => {
            for (const delivery of batch) {
              seen.add(delivery.key);
              setImmediate(() => delivery.ack());
            }
          },
        });
      const published = records('a', 2_000);
      const last = await open();
      for (let round = 0; round < 20; round += 1) {
        const passing = await Promise.all([open(), open()]);
        await bus.publish(published.slice(round * 100, round * 100 + 100));
        await Promise.all(passing.map((consumer) => consumer.close()));
      }
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      expect(seen.size).toBe(2_000);
      await last.close();
    });

    test('a member that joins in mid-batch takes its share, and nothing is lost or committed for it', async () => {
      const { bus } = await create([topic('a', 4)]);
      await bus.publish(records('a', 400));
      const first = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 100 });
      await first.arrived(100);
      const second = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 100, ack: always });
      await until('a partition has moved', () => second.deliveries.length > 0);
      first.ackAll();
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      expect(new Set([...first.keys(), ...second.keys()]).size).toBe(400);
      const owners = [first, second].map(
        (member) => new Set(member.deliveries.slice(member === first ? 100 : 0).map(({ partition }) => partition)),
      );
      expect(owners.every((partitions) => partitions.size > 0)).toBe(true);
    });

    test('whoever comes and goes, each key is handed over in its order', async () => {
      const { bus } = await create([topic('a', 4)]);
      const KEYS = 20;
      const seen = new Map<string, number[]>();
      const open = () =>
        bus.consume({
          topics: ['a'],
          group: 'g',
          maxInFlight: 50,
          maxInFlightBytes: 1e6,
          onBatch: (batch) => {
            for (const delivery of batch) {
              const numbers = seen.get(delivery.key) ?? [];
              seen.set(delivery.key, numbers);
              const number = Number(Buffer.from(delivery.value).toString());
              // Handed over again is no new one; what is new must be the next.
              if (!numbers.includes(number)) numbers.push(number);
              setImmediate(() => delivery.ack());
            }
          },
        });
      const stays = await open();
      const ROUNDS = 12;
      let number = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const passing = await open();
        for (let time = 0; time < 5; time += 1, number += 1) await bus.publish(records('a', KEYS, String(number)));
        await passing.close();
      }
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      const inOrder = Array.from({ length: number }, (_, index) => index);
      expect(seen.size).toBe(KEYS);
      for (const numbers of seen.values()) expect(numbers).toEqual(inOrder);
      await stays.close();
    });

    test('lag counts per topic what the group has not committed yet', async () => {
      const { bus } = await create([topic('a', 2), topic('b', 1)]);
      await bus.publish([...records('a', 30), ...records('b', 5)]);
      expect(await bus.lag('g', ['a', 'b'])).toEqual(
        new Map([
          ['a', 30],
          ['b', 5],
        ]),
      );
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(30);
      await member.consumer.close();
      expect(await bus.lag('g', ['a', 'b'])).toEqual(
        new Map([
          ['a', 0],
          ['b', 5],
        ]),
      );
    });

    test('the backlog is where what the group has not committed lies, to be read', async () => {
      const { bus } = await create([topic('a', 2)]);
      await bus.publish(records('a', 30));
      const member = await join(bus, { topics: ['a'], group: 'g', ack: ({ partition }) => partition === 0 });
      await member.arrived(30);
      await member.consumer.close();
      const [done, left] = await bus.backlog('g', 'a');
      expect(done).toMatchObject({ partition: 0, from: done?.to });
      expect(left).toMatchObject({ partition: 1, from: 0 });
      expect((done?.to ?? 0) + (left?.to ?? 0)).toBe(30);
      expect(await bus.read({ topic: 'a', partition: 1, offset: (left?.to ?? 0) - 1 })).toBeDefined();
      expect(await bus.read({ topic: 'a', partition: 1, offset: left?.to ?? 0 })).toBeUndefined();
      expect(await bus.backlog('another', 'a')).toMatchObject([{ from: 0 }, { from: 0 }]);
    });
  });
}
