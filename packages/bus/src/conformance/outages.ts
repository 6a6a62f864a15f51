import { describe, expect, test } from '@jest/globals';
import { isOutage } from '@herald/contracts';
import type { Bus } from '../port.ts';
import { topic, type BusUnderTest, type Fixture } from './fixture.ts';
import { always, forEachCase, join, lagOf, record, records, until } from './support.ts';

export interface OutageUnderTest extends BusUnderTest {
  /** The log goes away, in good order or as by kill -9, with everything that it has acknowledged. */
  stopLog(how: 'orderly' | 'killed'): Promise<void>;
  startLog(): Promise<void>;
  /** Milliseconds within which `publish` throws `Outage` while the log is away. */
  readonly publishWithinMs: number;
}

export type OutageFixture = Fixture<OutageUnderTest>;

/** For a log that can be away for a while and come back, as one behind a network can. */
export function testBusOutages(name: string, fixture: OutageFixture): void {
  const create = forEachCase(fixture);

  describe(`${name}, while the log is away`, () => {
    test('publish throws Outage in bounded time, and works again when the log is back', async () => {
      const under = await create([topic('a', 4)]);
      const { bus, publishWithinMs } = under;
      await bus.publish([record('a', 'before')]);
      await under.stopLog('killed');
      const from = performance.now();
      const failed = await Promise.allSettled(records('a', 20).map((one) => bus.publish([one])));
      expect(performance.now() - from).toBeLessThan(publishWithinMs + 1_000);
      for (const one of failed) {
        expect(one).toMatchObject({ status: 'rejected', reason: { name: 'Outage', code: 'unavailable' } });
      }
      // By now it is known, and whoever comes need not wait to hear it.
      const later = performance.now();
      await expect(bus.publish([record('a', 'meanwhile')])).rejects.toMatchObject({ code: 'unavailable' });
      expect(performance.now() - later).toBeLessThan(publishWithinMs / 2);
      await under.startLog();
      await until('publish works again', () => works(bus.publish([record('a', 'after')])));
      const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
      await until('both have arrived', () => ['before', 'after'].every((key) => member.keys().includes(key)));
    });

    test('reading, measuring lag and joining throw Outage, and work again', async () => {
      const under = await create([topic('a', 1)]);
      const { bus } = under;
      await bus.publish(records('a', 3));
      await under.stopLog('orderly');
      const unavailable = { name: 'Outage', code: 'unavailable' };
      await expect(bus.read({ topic: 'a', partition: 0, offset: 0 })).rejects.toMatchObject(unavailable);
      await expect(bus.lag('g', ['a'])).rejects.toMatchObject(unavailable);
      await expect(join(bus, { topics: ['a'], group: 'g' })).rejects.toMatchObject(unavailable);
      await under.startLog();
      await until('reading works', () => works(bus.read({ topic: 'a', partition: 0, offset: 0 })));
      expect(await lagOf(bus, 'g', ['a'])).toBe(3);
    });

    test.each(['orderly', 'killed'] as const)(
      'gone (%s) and back under load: nothing acknowledged is lost',
      async (how) => {
        const under = await create([topic('a', 4)]);
        const { bus } = under;
        const members = [];
        for (let count = 0; count < 2; count += 1) {
          members.push(await join(bus, { topics: ['a'], group: 'g', ack: always, maxInFlight: 200 }));
        }
        const load = publishOn(bus);
        await until('there is load', () => load.acknowledged.length > 500);
        await under.stopLog(how);
        await under.pass(1_000);
        await under.startLog();
        const before = load.acknowledged.length;
        await until('there is load again', () => load.acknowledged.length > before + 500);
        await load.stop();
        await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
        const seen = new Set(members.flatMap((member) => member.keys()));
        expect(load.acknowledged.filter((key) => !seen.has(key))).toEqual([]);
        // An outage is no end: nobody has to be restarted for it.
        const pending = Symbol('pending');
        for (const end of [bus.failed, ...members.map(({ consumer }) => consumer.ended)]) {
          expect(await Promise.race([end, Promise.resolve(pending)])).toBe(pending);
        }
      },
    );

    test('what was acknowledged before is committed after, and what was in hand is handed over again', async () => {
      const under = await create([topic('a', 1)]);
      const { bus } = under;
      await bus.publish(records('a', 50));
      const member = await join(bus, { topics: ['a'], group: 'g', ack: ({ offset }) => offset < 20 });
      await member.arrived(50);
      await until('the prefix is committed', async () => (await lagOf(bus, 'g', ['a'])) === 30);
      await under.stopLog('killed');
      await under.startLog();
      await until('publish works again', () => works(bus.publish([record('a', 'after')])));
      await until('what is new arrives', () => member.keys().includes('after'));
      member.ackAll();
      await until('all is committed', async () => (await lagOf(bus, 'g', ['a'])) === 0);
    });

    test('close comes to an end', async () => {
      const under = await create([topic('a', 1)]);
      const member = await join(under.bus, { topics: ['a'], group: 'g' });
      await under.bus.publish(records('a', 10));
      await member.arrived(10);
      member.ackAll();
      await under.stopLog('killed');
      await under.bus.close();
      expect(await member.consumer.ended).toBeUndefined();
      await under.startLog();
    });
  });
}

const works = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    () => false,
  );

export interface Load {
  /** The keys of the records whose publish has resolved. */
  readonly acknowledged: readonly string[];
  /** What the outages said that others met. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
}

/** Publishes without end, four calls at a time; after an outage it goes on with new records. */
export function publishOn(bus: Bus): Load {
  const acknowledged: string[] = [];
  const refused: string[] = [];
  let stopped = false;
  let count = 0;
  const one = async (): Promise<void> => {
    while (!stopped) {
      const batch = Array.from({ length: 10 }, () => record('a', `load ${(count += 1)}`));
      try {
        await bus.publish(batch);
        acknowledged.push(...batch.map(({ key }) => key));
      } catch (error) {
        if (!isOutage(error)) throw error;
        refused.push(error.message);
        await pause(50);
      }
      await pause(5);
    }
  };
  const all = Promise.all(Array.from({ length: 4 }, one));
  return {
    acknowledged,
    refused,
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
