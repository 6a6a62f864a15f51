import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bus } from '@herald/bus';
import { createKafkaBus } from '@herald/bus/kafka';
import { allTopics, EVENTS, ladderTopic, newExecutionId, workTopic } from '@herald/contracts';
import { systemRuntime } from '@herald/service-kit';
import { createMongoStore, type MongoStore } from '@herald/store/mongo';
import { launch, notRun } from '../env/index.ts';
import { createClient, unique, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { ADMIN_KEY } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { createInstallation, type Installation } from './support/installation.ts';
import type { HeraldProcess } from './support/process.ts';

const NEXT_RELEASE = new URL('support/next-release.ts', import.meta.url).pathname;
const PATIENCE_MS = 180_000;
const PARTITIONS = 2;
const LADDER_MS = [50, 200, 1_000];

const { kafka, mongo } = await launch({ kafka: true, mongo: true });

if (kafka === undefined || mongo === undefined) notRun('a role that is upgraded while messages are in flight');
else {
  let installation: Installation;
  let mail: MailServer;
  let bus: Bus;
  let store: MongoStore;
  let client: Client;
  let render: HeraldProcess;

  beforeAll(async () => {
    mail = await startMailServer();
    installation = await createInstallation({
      brokers: kafka.brokers,
      mongoUrl: mongo.url,
      env: { HERALD_SMTP_URL: mail.url, HERALD_PARTITIONS: String(PARTITIONS), HERALD_LADDER_MS: LADDER_MS.join(',') },
    });
    const [control] = await Promise.all([
      installation.start('control,scheduler,tracker'),
      installation.start('profile'),
      installation.start('sender-email'),
      installation.start('render').then((started) => (render = started)),
    ]);
    client = createClient(control.url, ADMIN_KEY);
    const { env } = installation;
    bus = await createKafkaBus({
      settings: { brokers: [...kafka.brokers], prefix: env['HERALD_KAFKA_PREFIX'] ?? '', singleBroker: true },
      topics: allTopics({ partitions: PARTITIONS, retentionMs: 72 * 3_600_000, ladderMs: LADDER_MS }),
      clock: systemRuntime.clock,
    });
    const database = env['HERALD_MONGO_DATABASE'] ?? '';
    store = await createMongoStore({ url: mongo.url, database, newId: systemRuntime.newId });
  }, PATIENCE_MS);
  afterAll(async () => {
    await bus.close();
    await store.close();
    await installation.dispose();
    await mail.close();
  }, PATIENCE_MS);

  type Fixture = { key: string; headers: Record<string, string>; body: Record<string, unknown> };
  const fixtureOf = (type: string): Fixture =>
    JSON.parse(
      readFileSync(new URL(`../../packages/contracts/fixtures/${type}.json`, import.meta.url), 'utf8'),
    ) as Fixture;

  /** An execution whose message was written by another release, from what is stored of the events of that version. */
  async function inFlight(type: string, step: 'requested' | 'resolved' | 'rendered', as = type): Promise<string> {
    const campaignId = await client.campaign({ createProfiles: true, content: { subject: 'x', html: '<p>x</p>' } });
    const executionId = newExecutionId(systemRuntime.newId());
    const now = Date.now();
    const { headers, body } = fixtureOf(type);
    const common = { executionId, campaignId, campaignVersion: 1 };
    const record = {
      ...common,
      org: headers['org'] ?? '',
      sandbox: headers['sandbox'] ?? '',
      requestId: unique('upgrade'),
      keyId: 'k',
      channel: 'email' as const,
      lane: 'transactional' as const,
      guarantee: 'at-least-once' as const,
      bodyHash: 'b',
      recipients: ['r'],
      acceptedAt: now,
      deadline: now + 600_000,
    };
    await store.executions.insert([record]);
    const { body: campaign } = await client.call<{ surfaceId: string }>('GET', `/v1/campaigns/${campaignId}`);
    const topic = workTopic('transactional', 'email', step);
    const value = { ...body, ...common, ...('surfaceId' in body ? { surfaceId: campaign.surfaceId } : {}) };
    await bus.publish([
      {
        topic,
        key: unique('key'),
        headers: { ...headers, type: as, 'message-id': `${executionId}.0`, deadline: String(record.deadline) },
        value: Buffer.from(JSON.stringify(value)),
      },
    ]);
    await store.executions.confirm([executionId]);
    return executionId;
  }

  const STEPS = {
    'execution.requested': 'requested',
    'message.resolved': 'resolved',
    'message.rendered': 'rendered',
  } as const;
  const versions = Object.keys(EVENTS).flatMap((type) => {
    const step = Object.entries(STEPS).find(([name]) => type.startsWith(`${name}.`))?.[1];
    return step === undefined ? [] : [[type, step] as const];
  });

  describe('messages in flight', () => {
    test.each(versions)(
      'of %s, as it is stored: each version that ever was is sent',
      async (type, step) => {
        const executionId = await installation.explained(() => inFlight(type, step));
        expect(await client.finalMessage(executionId)).toMatchObject({ state: 'sent', attempts: 1 });
      },
      PATIENCE_MS,
    );

    test(
      'of a later version are held, use up no attempt, and are sent by the release that knows it',
      () =>
        installation.explained(async () => {
          const executionId = await inFlight('message.resolved.v1', 'resolved', 'message.resolved.v2');
          // On its way up the ladder: the second rung holds it, too.
          for (const rung of LADDER_MS.slice(0, 2)) {
            const topic = ladderTopic('transactional', rung);
            const held = await until(`it is on the rung of ${rung} ms`, () =>
              bus.read({ topic, partition: 0, offset: 0 }),
            );
            expect(held.headers).toMatchObject({
              type: 'message.resolved.v2',
              'message-id': `${executionId}.0`,
              attempt: '1',
            });
          }
          expect(await client.finalMessage(executionId, ['accepted'])).toMatchObject({ attempts: 0 });
          expect(mail.received).not.toContain(`${executionId}.0`);
          // One process at a time, as an orchestrator replaces them.
          await installation.start('render', {}, NEXT_RELEASE);
          expect((await render.stop()).code).toBe(0);
          expect(await client.finalMessage(executionId)).toMatchObject({ state: 'sent', attempts: 1 });
          // And what the release before wrote is read by this one.
          const older = await inFlight('message.resolved.v1', 'resolved');
          expect(await client.finalMessage(older)).toMatchObject({ state: 'sent', attempts: 1 });
        }),
      PATIENCE_MS,
    );
  });
}
