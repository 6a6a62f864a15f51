import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import mongoose from 'mongoose';
import { startMongo } from '../../infra/local/mongo.ts';
import type { LocalServer } from '../../infra/local/server.ts';
import { inFolder, startTroubledBroker, USER, type TroubledBroker } from '../bus/kafka-broker.ts';
import { launch, notRun, own } from '../env/index.ts';
import { unique } from '../support/client.ts';
import { ADMIN_KEY } from '../support/standalone.ts';
import { LIVELY } from './support/installation.ts';
import { attempt, EX_TEMPFAIL, type Env } from './support/process.ts';

const EX_CONFIG = 78;
const NOWHERE = 'no-such-host.invalid';

const { mongo } = await launch({ mongo: true });
const broker = await own('kafka', () => inFolder(startTroubledBroker));
const guarded = await own('mongo', () => inFolder(startGuardedMongo));

if (broker === undefined || mongo === undefined || guarded === undefined)
  notRun('starts on a cluster or a database that is not as it must be');
else {
  const { servers } = broker;
  let dataDir: string;
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'herald-e2e-'));
  });
  afterAll(async () => {
    await Promise.all([broker.stop(), guarded.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  const envOf = ({ server }: TroubledBroker): Env => ({
    ...LIVELY,
    HERALD_ADMIN_KEY: ADMIN_KEY,
    HERALD_HMAC_KEY: 'a-key-for-the-hashes-of-a-test-suite',
    HERALD_DATA: dataDir,
    HERALD_KAFKA_BROKERS: server.url,
    HERALD_KAFKA_PREFIX: `${unique('wrong')}.`,
    HERALD_MONGO_URL: mongo.url,
    HERALD_MONGO_DATABASE: unique('wrong'),
    HERALD_MONGO_MIGRATE: 'at-start',
  });

  /** What it says is one line, which names the setting, and then it ends. */
  async function expectOneLine(env: Env, code: number, words: RegExp): Promise<void> {
    const made = await attempt(['--roles', 'render'], { ...envOf(servers), ...env }, 40_000);
    const lines = made.stderr.split('\n').filter((line) => line !== '');
    expect({ code: made.code, lines }).toEqual({ code, lines: [expect.stringMatching(words)] });
    expect(made.stdout.split('\n').length).toBeLessThan(10);
    expect(made.stdout + made.stderr).not.toMatch(/the-wrong-password/);
  }

  describe('a start says in one line what is wrong, and ends', () => {
    test.each<[string, Env, number, RegExp]>([
      [
        'brokers at a name that nobody knows',
        { HERALD_KAFKA_BROKERS: `${NOWHERE}:9092` },
        EX_TEMPFAIL,
        /HERALD_KAFKA_BROKERS/,
      ],
      ['brokers that are not there', { HERALD_KAFKA_BROKERS: '127.0.0.1:1' }, EX_TEMPFAIL, /HERALD_KAFKA_BROKERS/],
      [
        'a cluster that sends its clients astray',
        { HERALD_KAFKA_BROKERS: servers.astray },
        EX_TEMPFAIL,
        /advertised\.listeners/,
      ],
      [
        'more copies than there are brokers',
        { HERALD_KAFKA_SINGLE_BROKER: 'false' },
        EX_TEMPFAIL,
        /HERALD_KAFKA_SINGLE_BROKER/,
      ],
      [
        'a database at a name that nobody knows',
        { HERALD_MONGO_URL: `mongodb://${NOWHERE}/` },
        EX_TEMPFAIL,
        /HERALD_MONGO_URL/,
      ],
      ['a database that is not there', { HERALD_MONGO_URL: 'mongodb://127.0.0.1:1/' }, EX_TEMPFAIL, /HERALD_MONGO_URL/],
      [
        'a database without its collections',
        { HERALD_MONGO_MIGRATE: 'check' },
        EX_CONFIG,
        /HERALD_MONGO_URL.*--prepare/,
      ],
      ['secrets that are nowhere', { HERALD_HMAC_KEY: '' }, EX_CONFIG, /HERALD_HMAC_KEY/],
    ])('%s', (_name, env, code, words) => expectOneLine(env, code, words), 60_000);

    test('a user whom the cluster refuses', async () => {
      const env = {
        HERALD_KAFKA_BROKERS: servers.secure,
        HERALD_KAFKA_TLS: 'true',
        HERALD_KAFKA_TLS_CA: join(dataDir, 'ca.pem'),
        HERALD_KAFKA_SASL: 'plain',
        HERALD_KAFKA_USERNAME: USER.username,
        HERALD_KAFKA_PASSWORD: 'the-wrong-password',
      };
      const { writeFileSync } = await import('node:fs');
      writeFileSync(env.HERALD_KAFKA_TLS_CA, servers.ca);
      await expectOneLine(env, EX_CONFIG, /HERALD_KAFKA_SASL/);
    }, 60_000);

    describe('a database that knows its users', () => {
      const as = (login: string): Env => ({ HERALD_MONGO_URL: guarded.servers.url.replace('//', `//${login}`) });
      test.each<[string, Env]>([
        ['another password than theirs', as(`${USER.username}:the-wrong-password@`)],
        ['nobody it knows', as('nobody:the-wrong-password@')],
        ['no user at all', as('')],
      ])('%s', (_name, env) => expectOneLine(env, EX_CONFIG, /HERALD_MONGO_URL/), 60_000);

      test('one of them', async () => {
        const env = { ...envOf(servers), ...as(`${USER.username}:${encodeURIComponent(USER.password)}@`) };
        const made = await attempt(['--prepare'], env, 40_000);
        expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('the database is ready') });
      }, 60_000);
    });

    test('a topic that has fewer partitions than it must', async () => {
      const env = { HERALD_KAFKA_PREFIX: `${unique('few')}.` };
      const topic = `${env.HERALD_KAFKA_PREFIX}herald.transactional.sms.rendered`;
      const admin = new Kafka({ brokers: [servers.server.url], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      // kafkajs takes a topic whose leader is not known everywhere yet for a failure.
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
      await admin.disconnect();
      await expectOneLine(env, EX_CONFIG, /sms\.rendered.*1 partitions instead of 3 \(HERALD_PARTITIONS\)/);
    }, 60_000);
  });
}

/** Its one user is made while it still lets everybody in. */
async function startGuardedMongo(dir: string): Promise<LocalServer> {
  const open = await startMongo({ dir });
  const connection = await mongoose.createConnection(open.url).asPromise();
  const { username, password } = USER;
  await connection
    .getClient()
    .db('admin')
    .command({ createUser: username, pwd: password, roles: ['root'] });
  await connection.destroy();
  await open.stop();
  return startMongo({ dir, auth: true });
}
