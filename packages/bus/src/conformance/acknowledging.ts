import { describe, expect, test } from '@jest/globals';
import { topic, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, records, until } from './support.ts';

export function acknowledging(fixture: Fixture): void {
  const create = forEachCase(fixture);

  describe('acknowledge', () => {
    test('only the contiguous acknowledged prefix is committed', async () => {
      const under = await create([topic('a', 1)]);
      await under.bus.publish(records('a', 10));
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: ({ key }) => key !== '3' });
      await member.arrived(10);
      await until('the prefix is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 7);
      await member.consumer.close();
      expect(await lagOf(under.bus, 'g', ['a'])).toBe(7);
      const bus = await under.reopen();
      const next = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await next.arrived(7);
      expect(next.keys()).toEqual(['3', '4', '5', '6', '7', '8', '9']);
    });

    test('the prefix grows over what was acknowledged out of order', async () => {
      const { bus } = await create([topic('a', 1)]);
      await bus.publish(records('a', 100));
      const member = await join(bus, { topics: ['a'], group: 'g' });
      await member.arrived(100);
      for (const delivery of member.deliveries.toReversed()) delivery.ack();
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
    });

    test('acknowledging twice counts once, and never throws, not even after close', async () => {
      const { bus } = await create([topic('a', 1)]);
      await bus.publish(records('a', 10));
      const member = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 2 });
      await member.arrived(2);
      for (let time = 0; time < 5; time += 1) member.deliveries[1]?.ack();
      await member.arrived(3);
      // Room for one more was made, not for five.
      await until('the next group saw all', async () => {
        const other = await join(bus, { topics: ['a'], group: 'other', ack: always });
        await other.arrived(10);
        await other.consumer.close();
        return true;
      });
      expect(member.deliveries).toHaveLength(3);
      await member.consumer.close();
      for (const delivery of member.deliveries) delivery.ack();
      expect(await lagOf(bus, 'g', ['a'])).toBe(10);
    });

    test('close commits what is acknowledged, down to the last record', async () => {
      const { bus } = await create([topic('a', 4)]);
      await bus.publish(records('a', 500));
      const member = await join(bus, { topics: ['a'], group: 'g' });
      await member.arrived(500);
      member.ackAll();
      await member.consumer.close();
      expect(await lagOf(bus, 'g', ['a'])).toBe(0);
    });

    test('what is not acknowledged is handed over again after a restart', async () => {
      const under = await create([topic('a', 3)]);
      await under.bus.publish(records('a', 30));
      const member = await join(under.bus, { topics: ['a'], group: 'g' });
      await member.arrived(30);
      const bus = await under.reopen();
      expect(await member.consumer.ended).toBeUndefined();
      const next = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await next.arrived(30);
      expect(new Set(next.keys()).size).toBe(30);
    });

    test('nothing is committed by a member from which the partition was taken away', async () => {
      const under = await create([topic('a', 2)]);
      await under.bus.publish(records('a', 40));
      const first = await join(under.bus, { topics: ['a'], group: 'g' });
      await first.arrived(40);
      const second = await join(under.bus, { topics: ['a'], group: 'g' });
      await until('a partition has moved', () => second.deliveries.length > 0);
      const moved = second.deliveries[0]?.partition;
      const ofMoved = first.deliveries.filter(({ partition }) => partition === moved).length;
      await second.arrived(ofMoved);
      first.ackAll();
      await until('the other partition is committed', async () => (await lagOf(under.bus, 'g', ['a'])) <= ofMoved);
      await first.consumer.close();
      await second.consumer.close();
      expect(await lagOf(under.bus, 'g', ['a'])).toBe(ofMoved);
      const bus = await under.reopen();
      const next = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await next.arrived(ofMoved);
      expect(new Set(next.deliveries.map(({ partition }) => partition))).toEqual(new Set([moved]));
    });
  });
}
