import { afterEach, expect, test } from '@jest/globals';
import { topic } from '../conformance/fixture.ts';
import { always, join, lagOf, record, records, until } from '../conformance/support.ts';
import type { TopicSpec } from '@herald/contracts';
import type { Bus } from '../port.ts';
import { createEmbeddedBus } from './bus.ts';
import { createEmbedded, type EmbeddedUnderTest } from './testing/fixture.ts';

const created: EmbeddedUnderTest[] = [];
async function create(topics: readonly TopicSpec[], options?: { maxBytes: number }): Promise<EmbeddedUnderTest> {
  const under = await createEmbedded(topics, options);
  created.push(under);
  return under;
}
afterEach(async () => {
  await Promise.all(created.splice(0).map((under) => under.dispose()));
});

test('one commit of the log serves publishers, groups and acknowledgements together', async () => {
  const { bus, database } = await create([topic('a', 4)]);
  const before = await database.stats();
  const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
  await Promise.all(records('a', 2_000).map((one) => bus.publish([one])));
  await member.arrived(2_000);
  await member.consumer.close();
  const after = await database.stats();
  expect(after.commits - before.commits).toBeLessThan(50);
});

test('acknowledging one by one writes down far fewer offsets than records', async () => {
  const { bus, database } = await create([topic('a', 4)]);
  await bus.publish(records('a', 5_000));
  const member = await join(bus, { topics: ['a'], group: 'g' });
  await member.arrived(5_000);
  const before = await database.stats();
  for (const delivery of member.deliveries) {
    delivery.ack();
    if (delivery.offset % 100 === 0) await Promise.resolve();
  }
  await member.consumer.close();
  const after = await database.stats();
  expect(after.calls - before.calls).toBeLessThan(50);
  expect(await lagOf(bus, 'g', ['a'])).toBe(0);
});

test('a topic cannot change its number of partitions, and nothing is created beside it', async () => {
  const { database, clock } = await create([topic('a', 4)]);
  const open = (topics: readonly TopicSpec[]) => createEmbeddedBus({ database, topics, clock });
  await expect(open([topic('b', 1), topic('a', 5)])).rejects.toThrow(/topic a is stored with 4 partitions/);
  const again = await open([topic('a', 4), topic('b', 2)]);
  await again.close();
});

test('a topic that comes later is created', async () => {
  const { database, clock, bus } = await create([topic('a', 1)]);
  await bus.publish([record('a', 'before')]);
  const later = await createEmbeddedBus({ database, topics: [topic('a', 1), topic('b', 2)], clock });
  await later.publish([record('b', 'after')]);
  const member = await join(later, { topics: ['a', 'b'], group: 'g', ack: always });
  await member.arrived(2);
  await later.close();
});

test('a value that is too large keeps its neighbours of the same call off the log', async () => {
  const { bus } = await create([topic('a', 1)]);
  const tooLarge = record('a', 'too large', new Uint8Array(1024 * 1024 + 1));
  await expect(bus.publish([record('a', 'neighbour'), tooLarge])).rejects.toBeInstanceOf(RangeError);
  await expect(bus.publish([record('a', 'neighbour'), record('nowhere', 'x')])).rejects.toBeInstanceOf(RangeError);
  expect(await lagOf(bus, 'g', ['a'])).toBe(0);
});

/** Publishes until there is no room; returns the keys that were stored and the error that ended it. */
async function fill(bus: Bus, name: string): Promise<{ stored: string[]; error: unknown }> {
  const stored: string[] = [];
  for (;;) {
    const key = String(stored.length);
    try {
      await bus.publish([record(name, key, new Uint8Array(20_000))]);
    } catch (error) {
      return { stored, error };
    }
    stored.push(key);
  }
}

test('on a full disk publish throws, nothing is lost, and retention makes room again', async () => {
  const { bus, clock } = await create([topic('a', 1, { retentionMs: 100_000 })], { maxBytes: 1024 * 1024 });
  const { stored, error } = await fill(bus, 'a');
  expect(error).toMatchObject({ name: 'Outage', code: 'full' });
  const member = await join(bus, { topics: ['a'], group: 'g', ack: always });
  await member.arrived(stored.length);
  expect(member.keys()).toEqual(stored);

  clock.pass(200_000);
  await until('there is room again', async () => {
    const published = bus.publish([record('a', 'again', new Uint8Array(20_000))]);
    return published.then(
      () => true,
      () => false,
    );
  });
  await member.arrived(stored.length + 1);
});

test('what could not be committed on a full disk is committed when there is room', async () => {
  const { bus, clock } = await create([topic('a', 1), topic('filler', 1, { retentionMs: 100_000 })], {
    maxBytes: 1024 * 1024,
  });
  await bus.publish(records('a', 5));
  await fill(bus, 'filler');
  // A name so long that even committing needs more room than the last record left over.
  const group = 'g'.repeat(60_000);
  const member = await join(bus, { topics: ['a'], group, ack: always });
  await member.arrived(5);
  expect(await lagOf(bus, group, ['a'])).toBe(5);
  clock.pass(200_000);
  await until('all is committed', async () => {
    clock.pass(1_000);
    return (await lagOf(bus, group, ['a'])) === 0;
  });
});

test('a partition that changes hands goes on where its acknowledged prefix ended', async () => {
  const { bus } = await create([topic('a', 1)]);
  const holds = await join(bus, { topics: ['a'], group: 'g', maxInFlight: 10 });
  const next = await join(bus, { topics: ['a'], group: 'g', ack: always });
  await bus.publish(records('a', 100));
  await holds.arrived(10);
  for (const delivery of holds.deliveries.slice(0, 3)) delivery.ack();
  await holds.arrived(13);
  await holds.consumer.close();
  await next.arrived(97);
  expect(next.keys()).toEqual(
    records('a', 100)
      .map(({ key }) => key)
      .slice(3),
  );
});

test('a timer that fires a moment too early loses no wake-up', async () => {
  const topics = [topic('later', 1, { delayMs: 1_000 })];
  const { database, clock } = await create(topics);
  const early = {
    now: () => clock.now(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms > 1 ? ms - 1 : ms, signal),
  };
  const bus = await createEmbeddedBus({ database, topics, clock: early });
  const member = await join(bus, { topics: ['later'], group: 'g', ack: always });
  await bus.publish([record('later', 'first')]);
  for (let ms = 0; ms < 1_010; ms += 1) {
    clock.pass(1);
    // The log's thread answers in its own time.
    if (ms === 0 || ms > 990) await lagOf(bus, 'g', ['later']);
  }
  await member.arrived(1);
  await bus.close();
});

test('a clock that is set back keeps nothing waiting for longer than its delay', async () => {
  const topics = [topic('later', 1, { delayMs: 1_000 })];
  const { database, clock } = await create(topics);
  let ahead = 3_600_000;
  const set = { now: () => clock.now() + ahead, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal) };
  const bus = await createEmbeddedBus({ database, topics, clock: set });
  const member = await join(bus, { topics: ['later'], group: 'g', ack: always });
  await bus.publish([record('later', 'from the future')]);
  await lagOf(bus, 'g', ['later']);
  expect(member.deliveries).toHaveLength(0);
  ahead = 0;
  await bus.publish([record('later', 'behind it')]);
  for (let step = 0; step < 20; step += 1) {
    clock.pass(500);
    await lagOf(bus, 'g', ['later']);
  }
  await member.arrived(2);
  await bus.close();
});
