import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { Bus } from '@herald/bus';
import { createKafkaBus, type KafkaSettingsInput } from '@herald/bus/kafka';
import { topic } from '@herald/bus/conformance';
import type { TopicSpec } from '@herald/contracts';
import { systemRuntime } from '@herald/service-kit';
import kafkajs, { type ITopicConfig } from 'kafkajs';
import { launch, notRun } from '../env/index.ts';
import { QUICK, withAdmin } from './kafka-fixture.ts';

const { kafka } = await launch({ kafka: true });

if (kafka === undefined) notRun('topics on Kafka');
else topics(kafka.brokers);

function topics(brokers: readonly string[]): void {
  let opened: Bus[] = [];
  let prefix = '';
  const open = async (specs: readonly TopicSpec[], more: Partial<KafkaSettingsInput> = {}): Promise<Bus> => {
    const settings: KafkaSettingsInput = { ...QUICK, brokers: [...brokers], prefix, ...more };
    const bus = await createKafkaBus({ settings, topics: specs, clock: systemRuntime.clock });
    opened.push(bus);
    return bus;
  };
  const named = (): string => (prefix = `t${randomUUID().slice(0, 8)}.`);
  const createByHand = (name: string, config: Readonly<Record<string, string>>, more: Partial<ITopicConfig> = {}) =>
    withAdmin(brokers, (admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [
          {
            topic: prefix + name,
            configEntries: Object.entries({ ...GOOD, ...config }).map(([entry, value]) => ({ name: entry, value })),
            ...more,
          },
        ],
      }),
    );
  afterEach(async () => {
    await Promise.all(opened.map((bus) => bus.close()));
    opened = [];
    await withAdmin(brokers, async (admin) => {
      const mine = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
      if (mine.length > 0) await admin.deleteTopics({ topics: mine });
    });
  });

  test('topics are created as their table says, and found again', async () => {
    named();
    const specs = [topic('a', 3, { retentionMs: 7_200_000 }), topic('b', 1)];
    await open(specs);
    await open(specs);
    await withAdmin(brokers, async (admin) => {
      const { topics: metadata } = await admin.fetchTopicMetadata({ topics: [`${prefix}a`] });
      expect(metadata[0]?.partitions).toHaveLength(3);
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: `${prefix}a` }],
      });
      const config = Object.fromEntries(
        (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
      );
      expect(config).toMatchObject({
        'retention.ms': '7200000',
        'retention.bytes': '-1',
        'cleanup.policy': 'delete',
        'min.insync.replicas': '1',
        'max.message.bytes': String(1024 * 1024 + 256 * 1024),
        'message.timestamp.type': 'LogAppendTime',
        'unclean.leader.election.enable': 'false',
        // What has expired is gone an eighth of its life later at most.
        'segment.ms': '900000',
      });
    });
  });

  test('many processes that start at once create each topic once', async () => {
    named();
    const buses = await Promise.all(Array.from({ length: 5 }, () => open([topic('a', 2), topic('b', 2)])));
    await Promise.all(
      buses.map((bus) => bus.publish([{ topic: 'a', key: 'k', headers: {}, value: Buffer.from('x') }])),
    );
    expect(await buses[0]?.lag('g', ['a'])).toEqual(new Map([['a', 5]]));
  });

  test.each([
    ['retention.ms', '1000', 'HERALD_TOPIC_RETENTION_HOURS'],
    ['retention.bytes', '1000000', ''],
    ['cleanup.policy', 'compact', ''],
    ['max.message.bytes', '1000000', ''],
    ['message.timestamp.type', 'CreateTime', ''],
  ])('a topic whose %s is weaker than promised is refused, in one line', async (name, value, setting) => {
    named();
    await createByHand('a', { [name]: value }, { numPartitions: 2 });
    const refused = open([topic('a', 2, { retentionMs: 3_600_000 })]);
    await expect(refused).rejects.toThrow(`Kafka: topic ${prefix}a has ${name}=${value} instead of`);
    await expect(refused).rejects.toThrow(setting);
    await expect(refused).rejects.toThrow(/^[^\n]*$/);
  });

  test('a topic with another number of partitions is refused: its keys would change places', async () => {
    named();
    await createByHand('a', {}, { numPartitions: 3 });
    await expect(open([topic('a', 2)])).rejects.toThrow(/has 3 partitions instead of 2 \(HERALD_PARTITIONS\)/);
  });

  test('a topic that is stronger than promised is taken', async () => {
    named();
    await createByHand('a', { 'retention.ms': '-1', 'max.message.bytes': '9000000' }, { numPartitions: 2 });
    await open([topic('a', 2)]);
  });

  test('three copies are the default, and a cluster without enough brokers says what to set', async () => {
    named();
    await expect(open([topic('a', 1)], { singleBroker: false })).rejects.toThrow(
      /fewer brokers than HERALD_KAFKA_REPLICATION_FACTOR=3; for a single one set HERALD_KAFKA_SINGLE_BROKER=true/,
    );
    await createByHand('a', {}, { numPartitions: 1 });
    await expect(open([topic('a', 1)], { singleBroker: false })).rejects.toThrow(
      /1 copies instead of 3 \(HERALD_KAFKA_REPLICATION_FACTOR\), min\.insync\.replicas=1 instead of 2 \(HERALD_KAFKA_MIN_IN_SYNC_REPLICAS\)/,
    );
  });

  test('where topics are created by somebody else, missing ones are named', async () => {
    named();
    await createByHand('a', {}, { numPartitions: 1 });
    await open([topic('a', 1)], { createTopics: false });
    await expect(open([topic('a', 1), topic('b', 1)], { createTopics: false })).rejects.toThrow(
      `HERALD_KAFKA_CREATE_TOPICS=false: ${prefix}b`,
    );
  });

  test('nothing is created by being asked for', async () => {
    named();
    const bus = await open([topic('a', 1)]);
    await expect(bus.publish([{ topic: 'b', key: 'k', headers: {}, value: Buffer.from('x') }])).rejects.toBeInstanceOf(
      RangeError,
    );
    await withAdmin(brokers, async (admin) => {
      expect((await admin.listTopics()).filter((name) => name.startsWith(prefix))).toEqual([`${prefix}a`]);
    });
  });
}

const GOOD = {
  'retention.ms': '86400000',
  'max.message.bytes': String(1024 * 1024 + 256 * 1024),
  'message.timestamp.type': 'LogAppendTime',
};
