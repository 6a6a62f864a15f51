import { afterAll } from '@jest/globals';
import { testBusOutages, type OutageFixture } from '@herald/bus/conformance';
import { startKafka } from '../../infra/local/kafka.ts';
import { notRun, own } from '../env/index.ts';
import { inFolder } from './kafka-broker.ts';
import { createKafka, KAFKA_FEATURES, QUICK } from './kafka-fixture.ts';

const IMPATIENT = { publishTimeoutMs: 1_500, rebalanceTimeoutMs: 2_000, closeTimeoutMs: 1_000 } as const;

const started = await own('kafka', () => inFolder((dir) => startKafka({ dir })));
afterAll(() => started?.stop());

if (started === undefined) notRun('the bus on Kafka, while the broker is away');
else {
  const server = started.servers;
  const fixture: OutageFixture = {
    features: KAFKA_FEATURES,
    create: async (topics) => ({
      ...(await createKafka([server.url], topics, { ...QUICK, ...IMPATIENT })),
      publishWithinMs: IMPATIENT.publishTimeoutMs,
      stopLog: (how) => (how === 'killed' ? server.kill() : server.stop()),
      startLog: () => server.restart(),
    }),
  };
  testBusOutages('the bus on Kafka', fixture);
}
