import { describe, expect, test } from '@jest/globals';
import { topic, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, record, records, until, testIf } from './support.ts';

export function time(fixture: Fixture): void {
  const create = forEachCase(fixture);
  const testRetention = testIf(fixture.features.retention);

  describe('delay', () => {
    test('a topic with a delay hands over only what is old enough, in its order', async () => {
      const { bus, pass } = await create([topic('now', 1), topic('later', 1, { delayMs: 1_000 })]);
      const later = await join(bus, { topics: ['later'], group: 'g', ack: always });
      const now = await join(bus, { topics: ['now'], group: 'g', ack: always });
      await bus.publish([record('later', 'first'), record('later', 'second')]);
      await bus.publish([record('now', 'marker')]);
      await now.arrived(1);
      expect(later.keys()).toEqual([]);
      await pass(600);
      await bus.publish([record('later', 'third'), record('now', 'marker')]);
      await now.arrived(2);
      expect(later.keys()).toEqual([]);
      await pass(500);
      await later.arrived(2);
      await bus.publish([record('now', 'marker')]);
      await now.arrived(3);
      expect(later.keys()).toEqual(['first', 'second']);
      await pass(600);
      await later.arrived(3);
      expect(later.keys()).toEqual(['first', 'second', 'third']);
    });

    test('what is not due yet keeps nothing else of the same consumer waiting', async () => {
      const { bus, pass } = await create([topic('now', 1), topic('later', 1, { delayMs: 1_000 })]);
      const member = await join(bus, { topics: ['later', 'now'], group: 'g', ack: always });
      await bus.publish([record('later', 'later')]);
      await bus.publish([record('now', 'now')]);
      await member.arrived(1);
      expect(member.keys()).toEqual(['now']);
      await pass(1_100);
      await member.arrived(2);
    });

    test('a delay is counted from when the record was published, over a restart', async () => {
      const under = await create([topic('later', 1, { delayMs: 1_000 })]);
      await under.bus.publish([record('later', 'first')]);
      const bus = await under.reopen();
      await under.pass(1_100);
      const member = await join(bus, { topics: ['later'], group: 'g', ack: always });
      await member.arrived(1);
    });
  });

  describe('retention', () => {
    testRetention('old records go, and an offset never names another record', async () => {
      const { bus, pass } = await create([topic('a', 1, { retentionMs: 1_000 }), topic('kept', 1)]);
      await bus.publish([...records('a', 10), ...records('kept', 10)]);
      await pass(61_000);
      await until(
        'the records are gone',
        async () => (await bus.read({ topic: 'a', partition: 0, offset: 9 })) === undefined,
      );
      expect(await lagOf(bus, 'g', ['a', 'kept'])).toBe(10);
      await bus.publish([record('a', 'new')]);
      const member = await join(bus, { topics: ['a', 'kept'], group: 'g', ack: always });
      await member.arrived(11);
      expect(member.deliveries.find(({ key }) => key === 'new')?.offset).toBe(10);
      // A new group was promised the oldest record there is: nothing is amiss.
      expect(member.alarms).toEqual([]);
    });

    testRetention('a committed offset that is gone raises an alarm and goes on at the oldest record', async () => {
      const under = await create([topic('a', 1, { retentionMs: 100_000 })]);
      await under.bus.publish(records('a', 10));
      const before = await join(under.bus, { topics: ['a'], group: 'g', ack: ({ offset }) => offset < 4 });
      await before.arrived(10);
      await before.consumer.close();
      await under.pass(60_000);
      await under.bus.publish([record('a', 'kept'), record('a', 'kept too')]);
      await under.pass(60_000);
      await until('the old records are gone', async () => (await lagOf(under.bus, 'g', ['a'])) === 2);
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(2);
      expect(member.keys()).toEqual(['kept', 'kept too']);
      expect(member.alarms).toEqual([
        { code: 'offset-out-of-range', group: 'g', position: { topic: 'a', partition: 0, offset: 4 } },
      ]);
      await member.consumer.close();

      const bus = await under.reopen();
      const after = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await bus.publish([record('a', 'next')]);
      await after.arrived(1);
      expect(after.keys()).toEqual(['next']);
      expect(after.alarms).toEqual([]);
    });

    testRetention('a member that retention overtakes is told, and goes on at the oldest record', async () => {
      const { bus, pass } = await create([topic('a', 1, { retentionMs: 100_000 })]);
      const large = 'x'.repeat(50_000);
      for (const one of records('a', 60, large)) await bus.publish([one]);
      const member = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 2, maxInFlightBytes: 200_000 });
      await member.arrived(2);
      await pass(200_000);
      await until('the records are gone', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      await bus.publish([record('a', 'new')]);
      member.ackAll();
      await until('what is new arrives', () => member.keys().includes('new'));
      const seen = member.deliveries.length - 1;
      expect(seen).toBeLessThan(60);
      expect(member.alarms).toEqual([
        { code: 'offset-out-of-range', group: 'g', position: { topic: 'a', partition: 0, offset: seen } },
      ]);
    });

    testRetention('the alarm is raised as well when nothing is left of the topic', async () => {
      const { bus, pass } = await create([topic('a', 1, { retentionMs: 1_000 })]);
      await bus.publish(records('a', 10));
      const before = await join(bus, { topics: ['a'], group: 'g', ack: ({ offset }) => offset < 4 });
      await before.arrived(10);
      await before.consumer.close();
      await pass(61_000);
      await until('the records are gone', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await until('the alarm is raised', () => member.alarms.length === 1);
      await bus.publish([record('a', 'new')]);
      await member.arrived(1);
      expect(member.keys()).toEqual(['new']);
      expect(member.alarms).toHaveLength(1);
    });
  });
}
