import { afterAll, expect, test } from '@jest/globals';
import { always, join, lagOf, publishOn, topic, until } from '@herald/bus/conformance';
import { startKafkaCluster, type LocalCluster } from '../../infra/local/kafka-cluster.ts';
import { notRun, own } from '../env/index.ts';
import { inFolder } from './kafka-broker.ts';
import { createKafka, withAdmin } from './kafka-fixture.ts';

const started = await own('kafka', () => inFolder((dir) => startKafkaCluster({ dir, count: 3 })));
afterAll(() => started?.stop());

if (started === undefined) notRun('Kafka on three brokers');
else threeBrokers(started.servers);

/** Three copies, of which two must have a record: what is the default. */
const DEFAULTS = { singleBroker: false, publishTimeoutMs: 5_000 } as const;

function threeBrokers({ brokers }: LocalCluster): void {
  const [, second, third] = brokers;
  if (second === undefined || third === undefined) throw new Error('three brokers were asked for');

  test('brokers are killed under load, one after the other and then two at once', async () => {
    const addresses = brokers.map(({ url }) => url);
    const under = await createKafka(addresses, [topic('a', 6)], DEFAULTS);
    const members = [];
    for (let count = 0; count < 2; count += 1) {
      members.push(await join(under.bus, { topics: ['a'], group: 'g', ack: always, maxInFlight: 200 }));
    }
    const load = publishOn(under.bus);
    const goesOn = async (): Promise<void> => {
      const before = load.acknowledged.length;
      await until('there is load', () => load.acknowledged.length > before + 500);
    };
    await goesOn();
    await second.kill();
    await goesOn();
    await second.restart();
    await until('all copies are in sync again', async () => (await inSync(addresses, `${under.prefix}a`)) === 3);
    await third.kill();
    await goesOn();

    await second.kill();
    await until('too few copies are noticed', () =>
      load.refused.some((message) => message.includes('HERALD_KAFKA_MIN_IN_SYNC_REPLICAS')),
    );
    await Promise.all([second.restart(), third.restart()]);
    await goesOn();

    await load.stop();
    await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
    const seen = new Set(members.flatMap((member) => member.keys()));
    expect(load.acknowledged.filter((key) => !seen.has(key))).toEqual([]);
    await under.dispose();
  }, 90_000);
}

/** Copies of the partition that lags behind most. */
const inSync = (addresses: readonly string[], name: string): Promise<number> =>
  withAdmin(addresses, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    return Math.min(...topics.flatMap(({ partitions }) => partitions.map(({ isr }) => isr.length)));
  });
