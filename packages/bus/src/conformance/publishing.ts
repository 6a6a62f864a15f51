import { describe, expect, test } from '@jest/globals';
import { LIMITS } from '@herald/contracts';
import { topic, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, record, records, testIf } from './support.ts';

export function publishing(fixture: Fixture): void {
  const create = forEachCase(fixture);

  describe('publish and read', () => {
    test('a record arrives as it was published, with its position and the time', async () => {
      const { bus } = await create([topic('a', 1)]);
      const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const headers = { type: 'x.y.v1', naïve: 'ünï "quoted"\n', empty: '' };
      await bus.publish([{ topic: 'a', key: 'k', headers, value }]);
      await bus.publish([{ topic: 'a', key: '', headers: {}, value: new Uint8Array() }]);
      const member = await join(bus, { topics: ['a'], group: 'g' });
      await member.arrived(2);
      const [first, second] = member.deliveries;
      expect(first).toMatchObject({ topic: 'a', partition: 0, offset: 0, key: 'k', headers });
      expect(Buffer.from(first?.value ?? []).equals(value)).toBe(true);
      expect(second).toMatchObject({ offset: 1, key: '', headers: {} });
      expect(second?.value.byteLength).toBe(0);
      expect(second?.timestamp).toBeGreaterThanOrEqual(first?.timestamp ?? Infinity);
    });

    test('one call publishes to several topics', async () => {
      const { bus } = await create([topic('a', 2), topic('b', 1)]);
      await bus.publish([record('a', '1'), record('b', '2'), record('a', '3')]);
      const member = await join(bus, { topics: ['a', 'b'], group: 'g' });
      await member.arrived(3);
      expect(member.deliveries.map((delivery) => `${delivery.topic}${delivery.key}`).toSorted()).toEqual([
        'a1',
        'a3',
        'b2',
      ]);
    });

    test('nothing to publish is no error', async () => {
      const { bus } = await create([topic('a', 1)]);
      await bus.publish([]);
      expect(await lagOf(bus, 'g', ['a'])).toBe(0);
    });

    test('a value of 1 MB passes, one byte more throws RangeError and disturbs nobody', async () => {
      const { bus } = await create([topic('a', 1)]);
      await bus.publish([record('a', 'largest', new Uint8Array(LIMITS.envelopeBytes).fill(7))]);
      const tooLarge = record('a', 'too large', new Uint8Array(LIMITS.envelopeBytes + 1));
      await expect(bus.publish([tooLarge])).rejects.toBeInstanceOf(RangeError);
      await bus.publish([record('a', 'after')]);
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(2);
      expect(member.keys()).toEqual(['largest', 'after']);
      expect(member.deliveries[0]?.value.byteLength).toBe(LIMITS.envelopeBytes);
    });

    test('an unknown topic throws RangeError', async () => {
      const { bus } = await create([topic('a', 1)]);
      await expect(bus.publish([record('a', '1'), record('nowhere', '2')])).rejects.toBeInstanceOf(RangeError);
    });

    test('records of one key keep their order, among thousands of keys', async () => {
      const { bus } = await create([topic('a', 4)]);
      const KEYS = 2_000;
      const ROUNDS = 3;
      // Not awaited in between: the order is that of the calls.
      await Promise.all(Array.from({ length: ROUNDS }, (_, round) => bus.publish(records('a', KEYS, String(round)))));
      const member = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 700, ack: always });
      await member.arrived(KEYS * ROUNDS);
      const byKey = Map.groupBy(member.deliveries, ({ key }) => key);
      expect(byKey.size).toBe(KEYS);
      for (const ofKey of byKey.values()) {
        expect(ofKey.map(({ value }) => Buffer.from(value).toString())).toEqual(['0', '1', '2']);
        expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
      }
      expect(new Set(member.deliveries.map(({ partition }) => partition)).size).toBe(4);
    });

    test('a record can be read again by its position, acknowledged or not', async () => {
      const { bus } = await create([topic('a', 2)]);
      await bus.publish(records('a', 20));
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(20);
      for (const delivery of member.deliveries) {
        const { topic: name, partition, offset, timestamp, key, headers } = delivery;
        const again = await bus.read({ topic: name, partition, offset });
        expect(again).toMatchObject({ topic: name, partition, offset, timestamp, key, headers });
        expect(Buffer.from(again?.value ?? []).equals(delivery.value)).toBe(true);
      }
    });

    testIf(fixture.features.foreign)('bytes that somebody else wrote are handed over, readable or not', async () => {
      const under = await create([topic('a', 1)]);
      const bad = Uint8Array.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);
      await under.publishRaw?.('a', { key: bad, headers: { bad, ['__proto__']: bad }, value: bad });
      await under.publishRaw?.('a', { key: null, headers: {}, value: null });
      await under.bus.publish([record('a', 'after')]);
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(3);
      const [first, second] = member.deliveries;
      expect(Buffer.from(first?.value ?? []).equals(bad)).toBe(true);
      expect(first?.headers['bad']).toContain('\uFFFD');
      expect(Object.keys(first?.headers ?? {}).toSorted()).toEqual(['__proto__', 'bad']);
      expect(second).toMatchObject({ key: '', headers: {} });
      expect(second?.value.byteLength).toBe(0);
      expect(member.keys()[2]).toBe('after');
      await member.consumer.close();
      expect(await lagOf(under.bus, 'g', ['a'])).toBe(0);
    });

    test('where there is no record, reading gives none', async () => {
      const { bus } = await create([topic('a', 1)]);
      await bus.publish(records('a', 3));
      expect(await bus.read({ topic: 'a', partition: 0, offset: 3 })).toBeUndefined();
      expect(await bus.read({ topic: 'a', partition: 7, offset: 0 })).toBeUndefined();
    });
  });
}
