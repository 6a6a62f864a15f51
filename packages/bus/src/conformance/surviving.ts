import { describe, expect, test } from '@jest/globals';
import { topic, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, record, records, until, testIf } from './support.ts';

export function surviving(fixture: Fixture): void {
  const create = forEachCase(fixture);
  const { features } = fixture;
  const testBreak = testIf(features.breakable);
  const testKill = testIf(features.killable);

  describe('survive', () => {
    test('records and commits are there after a restart, and nothing committed is handed over again', async () => {
      const under = await create([topic('a', 2)]);
      await under.bus.publish(records('a', 20));
      const first = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      await first.arrived(20);
      const bus = await under.reopen();
      expect(await lagOf(bus, 'g', ['a'])).toBe(0);
      await bus.publish([record('a', 'after')]);
      const second = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await second.arrived(1);
      expect(second.keys()).toEqual(['after']);
    });

    testKill('publish resolves when durable: kill -9 loses nothing', async () => {
      const under = await create([topic('a', 4)]);
      if (under.publishUntilKilled === undefined) throw new Error('the fixture cannot kill');
      const { bus, resolved } = await under.publishUntilKilled('a');
      expect(resolved.length).toBeGreaterThan(0);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(resolved.length);
      const seen = new Set(member.keys());
      expect(resolved.filter((key) => !seen.has(key))).toEqual([]);
    });

    testKill('what a consumer had not acknowledged when it was killed is handed to the next one', async () => {
      const under = await create([topic('a', 4)]);
      await under.bus.publish(records('a', 500));
      if (under.consumeUntilKilled === undefined) throw new Error('the fixture cannot kill');
      const { bus, acknowledged } = await under.consumeUntilKilled('a', 'g');
      expect(acknowledged.length).toBeGreaterThan(0);
      const left = await lagOf(bus, 'g', ['a']);
      // Committed is only what was acknowledged, and what was acknowledged is committed soon.
      expect(left).toBeGreaterThanOrEqual(500 - acknowledged.length);
      expect(left).toBeLessThan(500);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(left);
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
      expect(new Set([...acknowledged, ...member.keys()]).size).toBe(500);
    });

    testBreak('publish resolves when durable: the log may break right after it', async () => {
      const under = await create([topic('a', 4)]);
      for (let round = 0; round < 5; round += 1) await under.bus.publish([record('a', `awaited ${round}`)]);
      await under.breakLog?.();
      const bus = await under.reopen();
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(5);
    });

    testBreak('close of a consumer resolves when its acknowledged records are committed for good', async () => {
      const under = await create([topic('a', 1)]);
      await under.bus.publish(records('a', 100));
      const member = await join(under.bus, { topics: ['a'], group: 'g' });
      await member.arrived(100);
      member.ackAll();
      await member.consumer.close();
      await under.breakLog?.();
      expect(await lagOf(await under.reopen(), 'g', ['a'])).toBe(0);
    });

    test('close is idempotent, ends the consumers, and later calls throw Outage', async () => {
      const { bus } = await create([topic('a', 1)]);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await bus.publish(records('a', 5));
      await member.arrived(5);
      await Promise.all([bus.close(), bus.close()]);
      await bus.close();
      expect(await member.consumer.ended).toBeUndefined();
      const closed = { name: 'Outage', code: 'closed' };
      await expect(bus.publish(records('a', 1))).rejects.toMatchObject(closed);
      await expect(join(bus, { topics: ['a'], group: 'g' })).rejects.toMatchObject(closed);
      await expect(bus.lag('g', ['a'])).rejects.toMatchObject(closed);
      await expect(bus.read({ topic: 'a', partition: 0, offset: 0 })).rejects.toMatchObject(closed);
    });

    test('unknown topics throw RangeError everywhere', async () => {
      const { bus } = await create([topic('a', 1)]);
      await expect(join(bus, { topics: ['a', 'nowhere'], group: 'g' })).rejects.toBeInstanceOf(RangeError);
      await expect(bus.lag('g', ['nowhere'])).rejects.toBeInstanceOf(RangeError);
      await expect(bus.read({ topic: 'nowhere', partition: 0, offset: 0 })).rejects.toBeInstanceOf(RangeError);
    });

    testBreak('a log that is gone: failed tells, consumers end, calls throw', async () => {
      const under = await create([topic('a', 1)]);
      const { bus } = under;
      const member = await join(bus, { topics: ['a'], group: 'g' });
      await bus.publish(records('a', 5));
      await member.arrived(5);
      await under.breakLog?.();
      expect(await bus.failed).toBeInstanceOf(Error);
      expect(await member.consumer.ended).toBeInstanceOf(Error);
      await expect(bus.publish(records('a', 1))).rejects.toMatchObject({ name: 'Outage' });
      await expect(bus.lag('g', ['a'])).rejects.toMatchObject({ name: 'Outage' });
      for (const delivery of member.deliveries) delivery.ack();
      await bus.close();
    });
  });
}
