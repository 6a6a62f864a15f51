import { createKafkaBus, type KafkaMetric } from '@herald/bus/kafka';
import { isOutage, Misconfigured, STATUS_TOPIC } from '@herald/contracts';
import { kafkaSettingsOf, presentSecrets, type Metrics } from '@herald/service-kit';
import { createMongoStore, migrate, type MongoOptions } from '@herald/store/mongo';
import type { Ports, PortsDeps } from './ports.ts';

const PROBE_EVERY_MS = 1_000;
/** A group that nobody is in: asking how far it is behind asks every broker that leads a part of the topic. */
const PROBE_GROUP = 'herald.probe';
const NO_LOG = 'the log does not answer';

/** A Kafka cluster and a MongoDB database, shared with other processes. Throws when one of them is not usable. */
export async function openDistributedPorts(deps: PortsDeps): Promise<Ports> {
  const { config, topics, runtime, health, metrics, log } = deps;
  const settings = kafkaSettingsOf(config);
  const mongo = mongoOptionsOf(config);
  if (settings === undefined || mongo === undefined)
    throw new Misconfigured('HERALD_KAFKA_BROKERS and HERALD_MONGO_URL must be set');
  const secrets = presentSecrets(config);
  if (config.mongoMigrate === 'at-start') await migrate(mongo);
  const store = await createMongoStore({
    ...mongo,
    newId: runtime.newId,
    onForgotten: (call) => {
      metrics.alarm('store-call-forgotten');
      log.error({ code: 'store-call-forgotten', call }, 'alarm');
    },
  });
  let logAnswers = true;
  const onAnswer = (ok: boolean): void => {
    logAnswers = ok;
    health.set('log', ok, ok ? undefined : NO_LOG);
  };
  const bus = await createKafkaBus({
    settings,
    topics,
    clock: runtime.clock,
    observer: {
      onMetric(metric) {
        // Calls are refused as soon as one fails; the probe says when they may come again.
        if (metric.kind === 'publish' && !metric.ok) onAnswer(false);
        count(metrics, metric);
      },
      onLog: ({ level, message, ...rest }) => log[level](rest, message),
    },
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  metrics.databasePool(() => store.pool());

  const closing = new AbortController();
  void (async () => {
    while (!closing.signal.aborted) {
      const answers = await bus.lag(PROBE_GROUP, [STATUS_TOPIC]).then(
        () => true,
        (error: unknown) => {
          if (!isOutage(error)) log.error({ err: error }, 'the log could not be asked');
          return false;
        },
      );
      onAnswer(answers);
      await runtime.clock.sleep(PROBE_EVERY_MS, closing.signal);
    }
  })();

  return {
    bus,
    store,
    secrets,
    adminKeyCreated: false,
    alone: false,
    refusal: () => (logAnswers ? undefined : NO_LOG),
    failed: Promise.race([bus.failed, store.failed]),
    async close() {
      closing.abort();
      await bus.close();
      await store.close();
    },
  };
}

/** How to reach the database; undefined where none is named. */
export function mongoOptionsOf(config: PortsDeps['config']): MongoOptions | undefined {
  const { mongoUrl: url, mongoDatabase: database, mongoPoolSize, mongoReachMs, mongoAnswerMs } = config;
  if (url === undefined) return undefined;
  return {
    url,
    ...(database === undefined ? {} : { database }),
    poolSize: mongoPoolSize,
    reachWithinMs: mongoReachMs,
    answerWithinMs: mongoAnswerMs,
  };
}

function count(metrics: Metrics, metric: KafkaMetric): void {
  switch (metric.kind) {
    case 'publish':
      metrics.published(metric.records, metric.seconds, metric.ok);
      break;
    case 'commit':
      metrics.committed(metric.group, metric.seconds, metric.ok);
      break;
    case 'assigned':
      metrics.assigned(metric.group, metric.partitions);
      break;
    case 'restart':
      metrics.consumerRestarted(metric.group, metric.reason);
      break;
    case 'producer-replaced':
      metrics.producerReplaced();
      break;
    case 'batch':
      break;
  }
}
