import { spawnSync } from 'node:child_process';
import { freePort } from '../../infra/local/kafka.ts';
import type { ServerName } from '../../infra/local/keeper.ts';

const START_MS = 120_000;
const ANSWER_MS = 3_000;

export const dockerAnswers = (): boolean =>
  spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: ANSWER_MS })
    .status === 0;

/** Starts a container and leaves it to the end of the run: nothing watches over it, whichever suite asked first. */
export async function startContainer(name: ServerName): Promise<{ url: string; container: string }> {
  // What cleans up after a dead test process is an image of its own, which may not be obtainable.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  return name === 'kafka' ? startKafkaContainer() : startMongoContainer();
}

async function startKafkaContainer(): Promise<{ url: string; container: string }> {
  const { GenericContainer, Wait } = await import('testcontainers');
  // Clients are sent on to what the broker advertises: the port must be known before it starts.
  const port = await freePort();
  const started = await new GenericContainer('apache/kafka:4.3.1')
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(START_MS)
    .start();
  return { url: `127.0.0.1:${port}`, container: started.getId() };
}

async function startMongoContainer(): Promise<{ url: string; container: string }> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const started = await new GenericContainer('mongo:8')
    .withExposedPorts(27_017)
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
    .withStartupTimeout(START_MS)
    .start();
  const url = `mongodb://127.0.0.1:${started.getMappedPort(27_017)}/?directConnection=true`;
  return { url, container: started.getId() };
}
