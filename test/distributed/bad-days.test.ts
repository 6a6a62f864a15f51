import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startKafka } from '../../infra/local/kafka.ts';
import { startMongo } from '../../infra/local/mongo.ts';
import { Kafka, logLevel } from 'kafkajs';
import { inFolder } from '../bus/kafka-broker.ts';
import { notRun, own } from '../env/index.ts';
import { createClient, phone, recipient, unique, type Client } from '../support/client.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { ADMIN_KEY } from '../support/standalone.ts';
import { until } from '../support/until.ts';
import { createInstallation, type Installation } from './support/installation.ts';
import type { HeraldProcess } from './support/process.ts';
import { reconcile, startTraffic, type Traffic } from './support/traffic.ts';

const PUBLISH_TIMEOUT_MS = 1_500;
const ANSWER_MS = 1_000;
const OUTAGE_MS = 10_000;
const MAX_LINES = 40;
const MB = 1024 * 1024;

const servers = await own('kafka', async () => {
  const kafka = await inFolder((dir) => startKafka({ dir }));
  const mongo = await inFolder((dir) => startMongo({ dir }));
  return { kafka, mongo };
});

if (servers === undefined) notRun('outages of the cluster and the database');
else {
  const kafka = servers.kafka.servers;
  const mongo = servers.mongo.servers;
  let installation: Installation;
  let mail: MailServer;
  let front: HeraldProcess;
  let back: HeraldProcess;
  let client: Client;
  const measured: string[] = [];

  beforeAll(async () => {
    mail = await startMailServer();
    installation = await createInstallation({
      brokers: [kafka.url],
      mongoUrl: mongo.url,
      env: {
        HERALD_SMTP_URL: mail.url,
        HERALD_EMAIL_CAP: '0',
        HERALD_KAFKA_PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS),
        HERALD_KAFKA_CONNECT_TIMEOUT_MS: '1000',
        HERALD_MONGO_REACH_MS: '500',
        HERALD_MONGO_ANSWER_MS: String(ANSWER_MS),
        HERALD_PARTITIONS: '2',
      },
    });
    [front, back] = await Promise.all([
      installation.start('ingress,control'),
      installation.start('profile,render,sender-email,sender-sms,tracker,scheduler'),
    ]);
    client = createClient(front.url, ADMIN_KEY);
  }, 120_000);
  afterAll(async () => {
    process.stdout.write(`bad days: ${measured.join('; ')}\n`);
    await installation.dispose();
    await mail.close();
    await servers.kafka.stop();
    await servers.mongo.stop();
  }, 90_000);

  const isReady = async ({ url }: HeraldProcess): Promise<boolean> =>
    (await fetch(`${url}/health/ready`)).status === 200;
  const allReady = (wanted: boolean): Promise<true> =>
    until(
      `every process is ${wanted ? 'ready' : 'not ready'}`,
      async () => {
        const states = await Promise.all([front, back].map(isReady));
        return states.every((ready) => ready === wanted) || undefined;
      },
      40_000,
    );
  const memoryOf = ({ pid }: HeraldProcess): number =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  const linesOf = (): number => front.lines().length + back.lines().length;

  /** Calls one after the other from many callers, until it is told to end; each answer's status and time. */
  function press(campaignId: string): {
    readonly end: () => Promise<{ status: number; ms: number; retryAfter: boolean }[]>;
  } {
    const answers: { status: number; ms: number; retryAfter: boolean }[] = [];
    let going = true;
    const callers = Array.from({ length: 16 }, async () => {
      while (going) {
        const from = performance.now();
        const { status, headers } = await client.trigger(campaignId, { recipients: [recipient()] });
        answers.push({ status, ms: performance.now() - from, retryAfter: headers.has('retry-after') });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    return {
      end: async () => {
        going = false;
        await Promise.all(callers);
        return answers;
      },
    };
  }

  /** `begin` takes something away and `end` gives it back; in between calls are refused, quickly, and little is said. */
  async function outage(name: string, longestMs: number, begin: () => unknown, end: () => unknown): Promise<void> {
    mail.received.splice(0);
    const campaignId = await client.campaign({ timeToLive: 600 });
    const traffic: Traffic = startTraffic({ client: () => client, campaignId, perSecond: 40, recipients: 20 });
    await until('mails come', () => mail.received.length > 20 || undefined);
    await begin();
    const from = performance.now();
    const memory = memoryOf(front);
    const lines = linesOf();
    const pressed = press(campaignId);
    await allReady(false);
    const red = performance.now() - from;
    // What comes from here on is refused at once.
    const first = await pressed.end();
    const quick = press(campaignId);
    while (performance.now() - from < OUTAGE_MS) await new Promise((resolve) => setTimeout(resolve, 100));
    const answers = await quick.end();
    const said = linesOf() - lines;
    const grown = memoryOf(front) - memory;
    await end();
    const back = performance.now();
    await allReady(true);
    const green = performance.now() - back;
    const before = mail.received.length;
    await until('mails come again', () => mail.received.length > before || undefined, 40_000);
    const mails = performance.now() - back;
    await traffic.stop();
    const account = await reconcile(client, traffic, mail);

    const times = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const slowest = Math.round(times.at(-1) ?? 0);
    measured.push(
      `${name}: red after ${Math.round(red)} ms, then ${answers.length} calls, first ones at most ${Math.round(Math.max(...first.map(({ ms }) => ms)))}, median ${Math.round(times[times.length >> 1] ?? 0)}, slowest ${slowest} ms; ` +
        `green ${Math.round(green)} and mails ${Math.round(mails)} ms after it was back; ${said} lines, ${Math.round(grown / MB)} MB; ` +
        `${account.accepted} accepted, ${account.doubled.length} doubled`,
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(answers.every(({ retryAfter }) => retryAfter)).toBe(true);
    expect(slowest).toBeLessThan(longestMs);
    // Those that were first waited as long as they may, and no longer.
    expect(Math.max(...first.map(({ ms }) => ms))).toBeLessThan(longestMs + 3_000);
    expect(said).toBeLessThan(MAX_LINES);
    expect(grown).toBeLessThan(150 * MB);
    expect(account).toMatchObject({ lost: [], notSent: [], outsideTheWindow: [] });
    expect(front.running()).toBe(true);
  }

  describe('under load, calls are refused at once and nothing that was accepted is lost', () => {
    test(
      'while the broker is frozen',
      () =>
        installation.explained(() =>
          outage(
            'broker frozen',
            PUBLISH_TIMEOUT_MS + 1_000,
            () => process.kill(kafka.pid, 'SIGSTOP'),
            () => process.kill(kafka.pid, 'SIGCONT'),
          ),
        ),
      150_000,
    );

    test(
      'while the broker is down',
      () =>
        installation.explained(() =>
          outage(
            'broker killed',
            PUBLISH_TIMEOUT_MS + 1_000,
            () => kafka.kill(),
            () => kafka.restart(),
          ),
        ),
      150_000,
    );

    test(
      'while the database is frozen',
      () =>
        installation.explained(() =>
          outage(
            'database frozen',
            ANSWER_MS + 1_000,
            () => process.kill(mongo.pid, 'SIGSTOP'),
            () => process.kill(mongo.pid, 'SIGCONT'),
          ),
        ),
      150_000,
    );

    test(
      'while the database is down',
      () =>
        installation.explained(() =>
          outage(
            'database killed',
            ANSWER_MS + 1_000,
            () => mongo.kill(),
            () => mongo.restart(),
          ),
        ),
      150_000,
    );
  });

  test(
    'a topic that is deleted: said in one line, and the other channels go on',
    () =>
      installation.explained(async () => {
        const admin = new Kafka({ brokers: [kafka.url], logLevel: logLevel.NOTHING }).admin();
        await admin.connect();
        const lines = linesOf();
        await admin.deleteTopics({
          topics: [`${installation.env['HERALD_KAFKA_PREFIX'] ?? ''}herald.transactional.sms.resolved`],
        });
        await admin.disconnect();
        const sms = await client.campaign({ channel: 'sms' });
        const email = await client.campaign();
        const statuses: number[] = [];
        const said = await until(
          'the log names what is wrong',
          async () => {
            statuses.push((await client.trigger(sms, { recipients: [phone()] })).status);
            const all = [...front.lines(), ...back.lines()];
            return all.find((line) => /was it deleted\? HERALD_KAFKA_CREATE_TOPICS/.test(line));
          },
          40_000,
        );
        expect(said).toBeDefined();
        expect(new Set(statuses)).toEqual(new Set([503]));
        const delivered = await until(
          'an email is delivered',
          async () => {
            const { status, body } = await client.trigger(email, { requestId: unique('other') });
            return status === 202 ? client.finalMessage(body.executionId) : undefined;
          },
          40_000,
        );
        expect(delivered.state).toBe('sent');
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        measured.push(`topic deleted: ${linesOf() - lines} lines`);
        expect(linesOf() - lines).toBeLessThan(MAX_LINES);
      }),
    120_000,
  );
}
