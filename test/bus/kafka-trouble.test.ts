import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { always, join, lagOf, record, records, topic, until } from '@herald/bus/conformance';
import type { KafkaSettingsInput } from '@herald/bus/kafka';
import type { TopicSpec } from '@herald/contracts';
import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { notRun, own } from '../env/index.ts';
import { FETCH, OFFSET_COMMIT, PRODUCE } from '../support/tcp-proxy.ts';
import { inFolder, startTroubledBroker, UNKNOWN_HOST, USER, type TroubledBroker } from './kafka-broker.ts';
import { createKafka, QUICK, type KafkaUnderTest } from './kafka-fixture.ts';

const started = await own('kafka', () => inFolder(startTroubledBroker));
afterAll(() => started?.stop());

if (started === undefined) notRun('Kafka in trouble');
else trouble(started.servers);

function trouble(broker: TroubledBroker): void {
  const { proxy } = broker;
  let created: KafkaUnderTest[] = [];
  let cleanUp: (() => Promise<unknown>)[] = [];
  const create = async (
    topics: readonly TopicSpec[],
    more: Partial<KafkaSettingsInput> = {},
  ): Promise<KafkaUnderTest> => {
    const under = await createKafka([broker.proxied], topics, more);
    created.push(under);
    return under;
  };
  afterEach(async () => {
    proxy.thaw();
    proxy.open();
    await Promise.all(cleanUp.map((action) => action()));
    cleanUp = [];
    await Promise.all(created.map((under) => under.dispose()));
    created = [];
  });
  const unavailable = (says: RegExp) => ({
    name: 'Outage',
    code: 'unavailable',
    message: expect.stringMatching(says),
  });
  const stored = async (under: KafkaUnderTest, name: string): Promise<string[]> => {
    const count = await lagOf(under.bus, 'nobody', [name]);
    const read = Array.from({ length: count }, (_, offset) => under.bus.read({ topic: name, partition: 0, offset }));
    return (await Promise.all(read)).map((one) => one?.key ?? 'nothing');
  };

  describe('publishing', () => {
    test('a record whose acknowledgement was lost is sent again and is there once', async () => {
      const under = await create([topic('a', 1)]);
      for (const key of ['0', '1', '2', '3', '4']) {
        proxy.loseReplyTo(PRODUCE);
        const before = proxy.lost();
        await under.bus.publish([record('a', key)]);
        expect(proxy.lost()).toBe(before + 1);
      }
      expect(await stored(under, 'a')).toEqual(['0', '1', '2', '3', '4']);
    });

    test('after a send that was given up, the next one is not taken for it', async () => {
      const under = await create([topic('a', 1)], { publishTimeoutMs: 800 });
      await under.bus.publish([record('a', 'before')]);
      proxy.loseReplyTo(PRODUCE);
      const before = proxy.lost();
      const given = under.bus.publish([record('a', 'given up')]);
      given.catch(() => undefined);
      await until('the broker has it', () => proxy.lost() > before);
      proxy.shut();
      await expect(given).rejects.toMatchObject(unavailable(/HERALD_KAFKA_BROKERS/));
      proxy.open();
      await until('publish works again', () =>
        under.bus.publish([record('a', 'after')]).then(
          () => true,
          () => false,
        ),
      );
      const keys = await stored(under, 'a');
      expect(keys.slice(0, 2)).toEqual(['before', 'given up']);
      expect(keys.at(-1)).toBe('after');
      expect(under.metrics).toContainEqual({ kind: 'producer-replaced' });
    });

    test('cut again and again under load: all that was acknowledged is there, in its order', async () => {
      const under = await create([topic('a', 1)]);
      const acknowledged: string[] = [];
      for (let round = 0; round < 150; round += 1) {
        if (round % 10 === 3) proxy.loseReplyTo(PRODUCE);
        const batch = [record('a', `${round} a`), record('a', `${round} b`)];
        await under.bus.publish(batch);
        acknowledged.push(...batch.map(({ key }) => key));
      }
      expect(await stored(under, 'a')).toEqual(acknowledged);
    });

    test('a cluster that has fallen silent is an outage in bounded time, and publishing recovers', async () => {
      const under = await create([topic('a', 1)], { publishTimeoutMs: 1_000 });
      await under.bus.publish([record('a', 'before')]);
      proxy.freeze();
      const from = performance.now();
      await expect(under.bus.publish([record('a', 'silent')])).rejects.toMatchObject(unavailable(/within 1000 ms/));
      expect(performance.now() - from).toBeLessThan(1_500);
      proxy.thaw();
      await until('publish works again', () =>
        under.bus.publish([record('a', 'after')]).then(
          () => true,
          () => false,
        ),
      );
    });
  });

  describe('consuming', () => {
    test('a commit that fails is made up for', async () => {
      const under = await create([topic('a', 1)]);
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      for (let round = 0; round < 4; round += 1) {
        const before = proxy.lost();
        if (round % 2 === 0) proxy.loseRequest(OFFSET_COMMIT);
        else proxy.loseReplyTo(OFFSET_COMMIT);
        await under.bus.publish(records('a', 10));
        await until('a commit was cut', () => proxy.lost() > before);
        await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
      }
      await member.consumer.close();
      expect(under.metrics.some((metric) => metric.kind === 'commit' && !metric.ok)).toBe(true);
      expect(new Set(member.keys()).size).toBe(10);
    });

    test('a fetch that is cut loses nothing', async () => {
      const under = await create([topic('a', 2)]);
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      for (let round = 0; round < 5; round += 1) {
        const before = proxy.lost();
        proxy.loseReplyTo(FETCH);
        await under.bus.publish([record('a', String(round))]);
        await until('a fetch was cut', () => proxy.lost() > before);
        await until('it has arrived', () => member.keys().includes(String(round)));
      }
    });

    test('a consumer that fetches nothing any more is replaced', async () => {
      const under = await create([topic('a', 1)], { stallMs: 1_000, rebalanceTimeoutMs: 2_000 });
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      proxy.freeze();
      await until('it is noticed', () => under.metrics.some(({ kind }) => kind === 'restart'));
      expect(under.metrics).toContainEqual({ kind: 'restart', group: `${under.prefix}g`, reason: 'stall' });
      proxy.thaw();
      await until('publish works', () =>
        under.bus.publish([record('a', 'after')]).then(
          () => true,
          () => false,
        ),
      );
      await member.arrived(1);
    });

    test('a member that was taken for dead commits nothing of what it had, and begins where the others are', async () => {
      const under = await create([topic('a', 2)]);
      const direct = await createKafka([broker.server.url], [topic('a', 2)], { prefix: under.prefix });
      cleanUp.push(() => direct.bus.close());
      for (const one of records('a', 300, 'x'.repeat(5_000))) await direct.bus.publish([one]);
      const dead = await join(under.bus, { topics: ['a'], group: 'g', maxInFlight: 5, maxInFlightBytes: 50_000 });
      await dead.arrived(5);
      // It has fetched as much as it may, and holds both partitions.
      await delay(4 * QUICK.maxWaitMs);
      proxy.freeze();
      const heir = await join(direct.bus, { topics: ['a'], group: 'g', ack: always });
      await heir.arrived(300);
      await until('all is committed', async () => (await lagOf(direct.bus, 'g', ['a'])) === 0);
      proxy.thaw();
      await until('it is a member again', () => under.metrics.filter(({ kind }) => kind === 'assigned').length > 1);
      dead.ackAll();
      await delay(4 * QUICK.commitMs);
      expect(await lagOf(direct.bus, 'g', ['a'])).toBe(0);
      await heir.consumer.close();
      await direct.bus.publish([record('a', 'new')]);
      await until('it has what is new', () => dead.keys().includes('new'));
      await until('all is committed', async () => (await lagOf(direct.bus, 'g', ['a'])) === 0);
      expect(dead.keys().slice(5)).toEqual(['new']);
    });

    test('a member that begins again does not wait for its own ghost', async () => {
      const under = await create([topic('a', 1)], { sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000 });
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      proxy.shut();
      await until('it has crashed', () => under.metrics.some(({ kind }) => kind === 'restart'));
      proxy.open();
      await until('publish works again', () =>
        under.bus.publish([record('a', 'after')]).then(
          () => true,
          () => false,
        ),
      );
      await member.arrived(1);
    });

    test('a member that closes leaves at once, whatever fetch is open', async () => {
      const longer = { maxWaitMs: 20_000, sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000 };
      const under = await create([topic('a', 1)], longer);
      const member = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      await under.bus.publish([record('a', 'before')]);
      await member.arrived(1);
      await member.consumer.close();
      const heir = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      await under.bus.publish([record('a', 'after')]);
      await until('the next one has its place', () => heir.keys().includes('after'));
    });

    test('a handler that does not acknowledge is not flooded: what is fetched ahead is bounded', async () => {
      const under = await create([topic('a', 4)]);
      const value = new Uint8Array(10_000).fill(1);
      for (let round = 0; round < 20; round += 1) {
        await under.bus.publish(Array.from({ length: 100 }, (_, index) => record('a', String(index), value)));
      }
      const before = proxy.passed();
      const member = await join(under.bus, { topics: ['a'], group: 'g', maxInFlight: 10, maxInFlightBytes: 1_000_000 });
      await member.arrived(10);
      await delay(10 * QUICK.maxWaitMs);
      // Of 20 MB: what the buffer takes, and one fetch of each partition beyond it, twice where it was dropped.
      expect(proxy.passed() - before).toBeLessThan(6_000_000);
      member.ackAll();
      await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
    });

    test('a consumer that cannot go on ends with the error', async () => {
      const under = await create([topic('a', 1)]);
      const member = await join(under.bus, { topics: ['a'], group: 'g' });
      // While it is out of reach its session ends, and a stranger that shares out by other rules takes its place.
      proxy.freeze();
      const stranger = new Kafka({ brokers: [broker.server.url], logLevel: logLevel.NOTHING }).consumer({
        groupId: `${under.prefix}g`,
        sessionTimeout: 6_000,
        // By itself it would begin again a second later, also after it was closed.
        retry: { retries: 0, restartOnFailure: async () => false },
      });
      cleanUp.push(() => stranger.disconnect());
      await stranger.connect();
      await stranger.subscribe({ topics: [`${under.prefix}a`] });
      await until('the stranger has the group', async () => {
        const joined = Promise.withResolvers<boolean>();
        const off = [
          stranger.on(stranger.events.GROUP_JOIN, () => joined.resolve(true)),
          stranger.on(stranger.events.CRASH, () => joined.resolve(false)),
        ];
        await stranger.run({ eachBatch: async () => undefined });
        const is = await joined.promise;
        for (const remove of off) remove();
        return is;
      });
      proxy.thaw();
      const error = await member.consumer.ended;
      expect(error).toBeInstanceOf(Error);
      expect(error?.message).toMatch(/protocol/i);
      await member.consumer.close();
    });

    test('what was paused is not paused for whoever has it next, nor when it comes back', async () => {
      const under = await create([topic('a', 2)]);
      await under.bus.publish(records('a', 6_000, 'x'.repeat(500)));
      const first = await join(under.bus, { topics: ['a'], group: 'g', maxInFlight: 10, maxInFlightBytes: 50_000 });
      await first.arrived(10);
      // Its buffer is full by now, or soon: both partitions are held.
      await delay(4 * QUICK.maxWaitMs);
      const second = await join(under.bus, { topics: ['a'], group: 'g', ack: always });
      await until('a partition has moved', () => second.deliveries.length > 0);
      const moved = second.deliveries[0]?.partition;
      await second.consumer.close();
      first.ackAll();
      await until('all is committed', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
      expect(new Set([...first.keys(), ...second.keys()]).size).toBe(6_000);
      await under.bus.publish(records('a', 100));
      await until('the partition that came back is read', async () => (await lagOf(under.bus, 'g', ['a'])) === 0);
      expect(first.deliveries.slice(-100).some(({ partition }) => partition === moved)).toBe(true);
    });
  });

  describe('what is wrong is said in one line that names the setting', () => {
    const opening = (settings: Partial<KafkaSettingsInput>) => {
      const { brokers = [broker.server.url], ...more } = settings;
      return createKafka(brokers, [topic('a', 1)], { connectTimeoutMs: 1_000, ...more });
    };

    test('nobody listens', async () => {
      await expect(opening({ brokers: ['127.0.0.1:1'] })).rejects.toMatchObject(
        unavailable(/no broker answers at 127\.0\.0\.1:1 \(HERALD_KAFKA_BROKERS\)$/),
      );
    });

    test('a name that cannot be resolved, given or advertised', async () => {
      await expect(opening({ brokers: [`${UNKNOWN_HOST}:9092`] })).rejects.toMatchObject(
        unavailable(/no-such-host\.invalid in HERALD_KAFKA_BROKERS cannot be resolved/),
      );
      await expect(opening({ brokers: [broker.astray] })).rejects.toMatchObject(
        unavailable(/no-such-host\.invalid, which the cluster advertises.*advertised\.listeners/),
      );
    });

    test('TLS and a user: right, and wrong in every way', async () => {
      const sasl = { mechanism: 'plain', ...USER } as const;
      const tls = { ca: broker.ca };
      const right = await opening({ brokers: [broker.secure], tls, sasl });
      await right.bus.publish([record('a', 'over TLS')]);
      const member = await join(right.bus, { topics: ['a'], group: 'g', ack: always });
      await member.arrived(1);
      await right.bus.close();

      const wrong = { ...sasl, password: 'a wrong one' };
      await expect(opening({ brokers: [broker.secure], tls, sasl: wrong })).rejects.toMatchObject({
        name: 'Misconfigured',
        message: expect.stringMatching(/refuses the user or the password of HERALD_KAFKA_SASL/),
      });
      await expect(opening({ brokers: [broker.secure], tls: true, sasl })).rejects.toMatchObject(
        unavailable(/TLS with .* fails \(.*\): see HERALD_KAFKA_TLS/),
      );
      await expect(opening({ brokers: [broker.secure], sasl })).rejects.toMatchObject(unavailable(/HERALD_KAFKA_TLS/));
      await expect(opening({ tls })).rejects.toMatchObject(unavailable(/HERALD_KAFKA_TLS|HERALD_KAFKA_BROKERS/));
      await expect(opening({ brokers: [broker.secure], tls, sasl: wrong })).rejects.not.toMatchObject({
        message: expect.stringContaining('a wrong one'),
      });
    });

    test('a topic that was deleted while the bus was open', async () => {
      const under = await create([topic('a', 1)], { publishTimeoutMs: 1_000 });
      const admin = new Kafka({ brokers: [broker.server.url], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [`${under.prefix}a`] });
      await expect(under.bus.publish([record('a', 'lost')])).rejects.toMatchObject(
        unavailable(/topic or partition is not on the cluster.*HERALD_KAFKA_CREATE_TOPICS/),
      );
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic: `${under.prefix}a` }] });
      await admin.disconnect();
    });
  });

  test('an outage is logged in a few lines, not in hundreds', async () => {
    const under = await create([topic('a', 1)], { publishTimeoutMs: 500 });
    await join(under.bus, { topics: ['a'], group: 'g' });
    proxy.shut();
    for (let time = 0; time < 20; time += 1) {
      await under.bus.publish([record('a', 'x')]).catch(() => undefined);
      await delay(100);
    }
    expect(under.logs.length).toBeGreaterThan(0);
    expect(under.logs.length).toBeLessThan(15);
  });
}
