import { describe, expect, test } from '@jest/globals';
import type { Delivery } from '../port.ts';
import { topic, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, record, records, sorted, until } from './support.ts';

const bytesOf = (deliveries: readonly Delivery[]): number =>
  deliveries.reduce((sum, { value }) => sum + value.byteLength, 0);

export function consuming(fixture: Fixture): void {
  const create = forEachCase(fixture);

  describe('consume', () => {
    test('a new group starts at the beginning', async () => {
      const { bus } = await create([topic('a', 2)]);
      await bus.publish(records('a', 50));
      const member = await join(bus, { topics: ['a'], group: 'late', ack: always });
      await member.arrived(50);
      expect(sorted(member.keys())).toEqual(sorted(records('a', 50).map(({ key }) => key)));
    });

    test('a member that waits is handed what is published later', async () => {
      const { bus } = await create([topic('a', 2)]);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      for (let index = 0; index < 20; index += 1) {
        await bus.publish([record('a', String(index))]);
        await member.arrived(index + 1);
      }
      expect(member.keys()).toEqual(records('a', 20).map(({ key }) => key));
    });

    test('a batch gathers records of several partitions', async () => {
      const { bus } = await create([topic('a', 4), topic('b', 4)]);
      await bus.publish([...records('a', 100), ...records('b', 100)]);
      const member = await join(bus, { topics: ['a', 'b'], group: 'g', ack: always });
      await member.arrived(200);
      const places = member.batches.map(
        (batch) => new Set(batch.map((delivery) => `${delivery.topic} ${delivery.partition}`)).size,
      );
      expect(Math.max(...places)).toBeGreaterThan(1);
      expect(member.batches.length).toBeLessThan(100);
    });

    test('no more than maxInFlight records are in hand, and acknowledging makes room', async () => {
      const { bus } = await create([topic('a', 4)]);
      await bus.publish(records('a', 200));
      const inHand: Delivery[] = [];
      let most = 0;
      const member = await join(bus, {
        topics: ['a'],
        group: 'g',
        maxInFlight: 10,
        ack: (delivery) => {
          inHand.push(delivery);
          most = Math.max(most, inHand.length);
          return false;
        },
      });
      while (member.deliveries.length < 200) {
        await until('something is in hand', () => inHand.length > 0);
        inHand.shift()?.ack();
      }
      expect(most).toBeLessThanOrEqual(10);
      expect(new Set(member.keys()).size).toBe(200);
    });

    test('likewise in bytes', async () => {
      const { bus } = await create([topic('a', 2)]);
      await bus.publish(records('a', 100, 'x'.repeat(1_000)));
      const inHand: Delivery[] = [];
      let most = 0;
      const member = await join(bus, {
        topics: ['a'],
        group: 'g',
        maxInFlightBytes: 10_500,
        ack: (delivery) => {
          inHand.push(delivery);
          most = Math.max(most, bytesOf(inHand));
          return false;
        },
      });
      while (member.deliveries.length < 100) {
        await until('something is in hand', () => inHand.length > 0);
        inHand.shift()?.ack();
      }
      expect(most).toBeLessThanOrEqual(10_500);
    });

    test('a single larger record still passes, alone', async () => {
      const { bus } = await create([topic('a', 1)]);
      const large = 'x'.repeat(20_000);
      await bus.publish([record('a', '0'), record('a', '1', large), record('a', '2', large), record('a', '3')]);
      const member = await join(bus, { topics: ['a'], group: 'g', maxInFlightBytes: 10_000 });
      for (const expected of [['0'], ['1'], ['2'], ['3']]) {
        const before = member.deliveries.length;
        await member.arrived(before + 1);
        const arrived = member.deliveries.slice(before);
        expect(arrived.map(({ key }) => key)).toEqual(expected);
        for (const delivery of arrived) delivery.ack();
      }
    });

    test('a larger record that comes while something is in hand waits until nothing is', async () => {
      const { bus } = await create([topic('a', 1)]);
      const member = await join(bus, { topics: ['a'], group: 'g', maxInFlightBytes: 10_000 });
      const other = await join(bus, { topics: ['a'], group: 'other', ack: always });
      await bus.publish([record('a', 'small')]);
      await member.arrived(1);
      await bus.publish([record('a', 'large', 'x'.repeat(20_000))]);
      await other.arrived(2);
      // Served after any fetch that the publish set off.
      await lagOf(bus, 'g', ['a']);
      expect(member.keys()).toEqual(['small']);
      member.ackAll();
      await member.arrived(2);
    });

    test('a record that is never acknowledged holds up no other one', async () => {
      const { bus } = await create([topic('a', 1)]);
      await bus.publish(records('a', 60));
      const member = await join(bus, {
        topics: ['a'],
        group: 'g',
        maxInFlight: 10,
        ack: ({ key }) => key !== '0',
      });
      await member.arrived(60);
      expect(member.keys()).toEqual(records('a', 60).map(({ key }) => key));
      await member.consumer.close();
      expect(await lagOf(bus, 'g', ['a'])).toBe(60);
    });

    test('a long partition does not keep a short one waiting', async () => {
      const { bus } = await create([topic('long', 1), topic('short', 1)]);
      await bus.publish(records('long', 3_000));
      await bus.publish([record('short', 'short')]);
      const member = await join(bus, { topics: ['long', 'short'], group: 'g', maxInFlight: 100, ack: always });
      await member.arrived(3_001);
      expect(member.keys().indexOf('short')).toBeLessThan(2_000);
    });

    test('pause hands nothing more over until resume, and what was handed over stays valid', async () => {
      const { bus } = await create([topic('a', 2)]);
      const paused = await join(bus, { topics: ['a'], group: 'paused' });
      const other = await join(bus, { topics: ['a'], group: 'other', ack: always });
      await bus.publish(records('a', 10));
      await paused.arrived(10);
      paused.consumer.pause();
      paused.ackAll();
      await bus.publish(records('a', 10));
      await other.arrived(20);
      await until('what was acknowledged is committed', async () => (await lagOf(bus, 'paused', ['a'])) === 10);
      expect(paused.deliveries).toHaveLength(10);
      paused.consumer.resume();
      await paused.arrived(20);
    });

    test('a handler slower than any session is handed each record once, and stays a member', async () => {
      const { sessionMs } = fixture.features;
      const { bus, pass } = await create([topic('a', 2)]);
      const slow = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 10 });
      const waits = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 10 });
      await bus.publish(records('a', 40));
      await until('both have something in hand', () => slow.deliveries.length > 0 && waits.deliveries.length > 0);
      await pass(sessionMs * 1.5);
      slow.ackAll();
      waits.ackAll();
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      expect(sorted([...slow.keys(), ...waits.keys()])).toEqual(sorted(records('a', 40).map(({ key }) => key)));
    });

    test('a handler that throws ends its consumer, and another member is handed its records', async () => {
      const { bus } = await create([topic('a', 2)]);
      const bug = new Error('a bug in the handler');
      const broken = await bus.consume({
        topics: ['a'],
        group: 'g',
        maxInFlight: 100,
        maxInFlightBytes: 1e6,
        onBatch: () => {
          throw bug;
        },
      });
      await bus.publish(records('a', 20));
      expect(await broken.ended).toBe(bug);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(20);
      expect(new Set(member.keys()).size).toBe(20);
      await broken.close();
    });

    test('a consumer that was closed has ended without an error, and is handed nothing more', async () => {
      const { bus } = await create([topic('a', 1)]);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await Promise.all([member.consumer.close(), member.consumer.close()]);
      await member.consumer.close();
      expect(await member.consumer.ended).toBeUndefined();
      await bus.publish(records('a', 5));
      const next = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await next.arrived(5);
      expect(member.deliveries).toHaveLength(0);
    });
  });
}
