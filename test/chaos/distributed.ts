import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '../../infra/local/kafka.ts';
import { startMongo } from '../../infra/local/mongo.ts';
import { createInstallation } from '../distributed/support/installation.ts';
import type { FarEnd } from './far-end.ts';
import { clientOf, createPart, settingsFor, type Part, type System, type Watchers } from './system.ts';

/**
 * Two workers share every group and hand over in memory, a third one renders for everybody and publishes what it
 * rendered: messages go both ways, and every group is shared out anew when one of them goes.
 */
const PARTS: Readonly<Record<string, string>> = {
  ingress: 'ingress',
  control: 'control,tracker,scheduler',
  'worker-1': 'profile,render,sender-email,sender-sms,sender-push',
  'worker-2': 'profile,render,sender-email,sender-sms,sender-push',
  render: 'profile,render',
};

/** A broker and a database of its own, and five processes. */
export async function startDistributed(far: FarEnd, watchers: Watchers): Promise<System> {
  const dir = mkdtempSync(join(tmpdir(), 'herald-chaos-'));
  const caFile = join(dir, 'push-ca.pem');
  writeFileSync(caFile, far.ca);
  const [broker, database] = await Promise.all([
    startKafka({ dir: join(dir, 'kafka') }),
    startMongo({ dir: join(dir, 'mongo') }),
  ]);
  const installation = await createInstallation({
    brokers: [broker.url],
    mongoUrl: database.url,
    env: {
      ...settingsFor(far, caFile),
      HERALD_KAFKA_PUBLISH_TIMEOUT_MS: '1500',
      HERALD_KAFKA_CONNECT_TIMEOUT_MS: '1000',
      HERALD_MONGO_REACH_MS: '500',
      HERALD_MONGO_ANSWER_MS: '1000',
    },
  });
  const parts: Record<string, Part> = {};
  for (const [name, roles] of Object.entries(PARTS)) {
    parts[name] = await createPart(name, () => installation.start(roles), watchers);
  }
  const { ingress, control } = parts;
  if (ingress === undefined || control === undefined) throw new Error('not all parts were started');
  const kafka = new Kafka({ brokers: [broker.url], logLevel: logLevel.NOTHING });
  return {
    parts: Object.values(parts),
    ingress: ingress.url,
    control: () => clientOf(control),
    broker,
    database,
    async poison(records) {
      const producer = kafka.producer();
      await producer.connect();
      try {
        await producer.sendBatch({
          topicMessages: records.map(({ topic, key, headers, value }) => ({
            topic: `${installation.env['HERALD_KAFKA_PREFIX']}${topic}`,
            messages: [{ key, headers: { ...headers }, value: Buffer.from(value) }],
          })),
        });
      } finally {
        await producer.disconnect();
      }
    },
    async close() {
      await Promise.all(Object.values(parts).map((part) => part.close()));
      await installation.dispose().catch((error: unknown) => watchers.complain(String(error)));
      await broker.stop();
      await database.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
