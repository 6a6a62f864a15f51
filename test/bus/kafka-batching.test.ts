import { afterEach, expect, test } from '@jest/globals';
import { always, join, lagOf, record, records, topic, until } from '@herald/bus/conformance';
import type { KafkaMetric, KafkaSettingsInput } from '@herald/bus/kafka';
import type { TopicSpec } from '@herald/contracts';
import { launch, notRun } from '../env/index.ts';
import { createKafka, QUICK, type KafkaUnderTest } from './kafka-fixture.ts';

const { kafka } = await launch({ kafka: true });

if (kafka === undefined) notRun('batches on Kafka');
else batching(kafka.brokers);

function batching(brokers: readonly string[]): void {
  let created: KafkaUnderTest[] = [];
  const create = async (
    topics: readonly TopicSpec[],
    more: Partial<KafkaSettingsInput> = {},
  ): Promise<KafkaUnderTest> => {
    const under = await createKafka(brokers, topics, more);
    created.push(under);
    return under;
  };
  afterEach(async () => {
    await Promise.all(created.map((under) => under.dispose()));
    created = [];
  });
  const ofKind = <K extends KafkaMetric['kind']>(under: KafkaUnderTest, kind: K) =>
    under.metrics.filter((metric): metric is Extract<KafkaMetric, { kind: K }> => metric.kind === kind);

  test('what is published while a send is outstanding travels together, and a lone record at once', async () => {
    const under = await create([topic('a', 4)]);
    await under.bus.publish([record('a', 'warm')]);
    await under.bus.publish([record('a', 'alone')]);
    expect(ofKind(under, 'publish').map((metric) => metric.records)).toEqual([1, 1]);
    await Promise.all(records('a', 3_000).map((one) => under.bus.publish([one])));
    const sends = ofKind(under, 'publish').slice(2);
    expect(sends.reduce((sum, send) => sum + send.records, 0)).toBe(3_000);
    expect(sends.length).toBeLessThan(20);
    expect(sends.every((send) => send.ok && send.seconds > 0)).toBe(true);
  });

  test('large records for one partition are not sent as one batch that is too large', async () => {
    const under = await create([topic('a', 1)]);
    const large = new Uint8Array(600_000).fill(1);
    await Promise.all(Array.from({ length: 12 }, (_, index) => under.bus.publish([record('a', String(index), large)])));
    await under.bus.publish(Array.from({ length: 6 }, (_, index) => record('a', `together ${index}`, large)));
    const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
    await member.arrived(18);
    expect(member.keys().slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
  });

  test('headers that make a record too large are an error of the caller, and disturb nobody', async () => {
    const under = await create([topic('a', 1)]);
    const tooLarge = { ...record('a', 'k'), headers: { large: 'x'.repeat(2_000_000) } };
    const results = await Promise.allSettled([
      under.bus.publish([record('a', 'before')]),
      under.bus.publish([record('a', 'neighbour'), tooLarge]),
      under.bus.publish([record('a', 'after')]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { name: 'RangeError' } });
    expect(await lagOf(under.bus, 'g', ['a'])).toBe(2);
  });

  test('offsets are committed at intervals, not one by one', async () => {
    const under = await create([topic('a', 4)]);
    await under.bus.publish(records('a', 1_000));
    const member = await join(under.bus, { topics: ['a'], group: 'g' });
    await member.arrived(1_000);
    for (const delivery of member.deliveries) {
      delivery.ack();
      if (delivery.offset % 10 === 0) await new Promise(setImmediate);
    }
    await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
    expect(ofKind(under, 'commit').length).toBeLessThan(20);
  });

  test('a handler slower than the session causes no rebalance', async () => {
    const under = await create([topic('a', 2)]);
    await under.bus.publish(records('a', 3_000));
    const member = await join(under.bus, { topics: ['a'], group: 'g', maxInFlight: 20 });
    await member.arrived(20);
    await under.pass(QUICK.sessionTimeoutMs * 2);
    member.ackAll();
    await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
    expect(ofKind(under, 'assigned')).toHaveLength(1);
    expect(ofKind(under, 'restart')).toEqual([]);
    expect(member.deliveries).toHaveLength(3_000);
  });

  test('what a member keeps over a rebalance is not handed over again', async () => {
    const under = await create([topic('a', 4)]);
    await under.bus.publish(records('a', 200));
    const first = await join(under.bus, { topics: ['a'], group: 'g' });
    await first.arrived(200);
    const second = await join(under.bus, { topics: ['a'], group: 'g' });
    await until('two partitions have moved', () => new Set(second.deliveries.map((one) => one.partition)).size === 2);
    const moved = new Set(second.deliveries.map(({ partition }) => partition));
    const kept = first.deliveries.filter(({ partition }) => !moved.has(partition));
    await under.bus.publish(records('a', 200));
    first.ackAll();
    second.ackAll();
    await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
    const positions = first.deliveries.map(({ partition, offset }) => `${partition} ${offset}`);
    expect(new Set(positions).size).toBe(positions.length);
    expect(kept.length).toBeGreaterThan(0);
    expect(ofKind(under, 'assigned').map((metric) => metric.kept)).toContain(2);
  });

  test('what was acknowledged is committed before partitions move, whatever the interval', async () => {
    const under = await create([topic('a', 4)], { commitMs: 60_000 });
    await under.bus.publish(records('a', 200));
    const first = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
    await first.arrived(200);
    const second = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
    await until('both are handed something new', async () => {
      await under.bus.publish(records('a', 50, 'new'));
      return first.deliveries.length > 200 && second.deliveries.length > 0;
    });
    expect(new Set(second.deliveries.map(({ value }) => Buffer.from(value).toString()))).toEqual(new Set(['new']));
  });

  test('a buffer that is full holds its partition, and neither memory nor records are lost over it', async () => {
    const under = await create([topic('a', 2)]);
    const value = 'x'.repeat(1_000);
    for (let round = 0; round < 10; round += 1) await under.bus.publish(records('a', 1_000, value));
    let inHand = 0;
    let most = 0;
    let seen = 0;
    const consumer = await under.bus.consume({
      topics: ['a'],
      group: 'g',
      maxInFlight: 50,
      maxInFlightBytes: 1e6,
      onBatch: (batch) => {
        inHand += batch.length;
        seen += batch.length;
        most = Math.max(most, inHand);
        setImmediate(() => {
          for (const delivery of batch) delivery.ack();
          inHand -= batch.length;
        });
      },
    });
    await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
    expect(seen).toBe(10_000);
    expect(most).toBeLessThanOrEqual(50);
    await consumer.close();
  });
}
