import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalCertificate } from '@herald/channels/far-end';
import { describe, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { describeConfig, isDistributed, loadConfig, type Config } from './config.ts';
import { kafkaSettingsOf } from './settings/kafka.ts';
import { ROLES } from './settings/process.ts';

const load = (env: Record<string, string>): Config => {
  const loaded = loadConfig(env);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
};
const problemsOf = (env: Record<string, string>): string[] => {
  const loaded = loadConfig(env);
  return loaded.ok ? [] : loaded.problems;
};

test('an empty environment gives the documented defaults', () => {
  expect(load({})).toEqual({
    roles: [...ROLES],
    emailCap: 100,
    smsCap: 20,
    pushCap: 100,
    profileCreationCap: 0,
    smsPrefixCap: 1_000,
    host: '127.0.0.1',
    port: 8080,
    dataDir: './.herald',
    logLevel: 'info',
    logFormat: 'auto',
    smtpConnections: 32,
    twilioConnections: 32,
    vapidSubject: 'mailto:herald@example.com',
    pushConnections: 64,
    transactionalShare: 0.2,
    circuitFailures: 5,
    circuitOpenMs: 10_000,
    inbox: 'auto',
    providerTimeoutMs: 20_000,
    softBounces: 3,
    softBounceDays: 7,
    leaseMs: 30_000,
    ladderMs: [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000],
    retryPolicyMs: [1_000, 5_000, 30_000, 120_000, 600_000],
    webhookTimeoutMs: 15_000,
    webhookRetryMs: [5, 30, 300, 1_800, 7_200, 7_200, 14_400, 18_000, 28_800].map((seconds) => seconds * 1_000),
    webhookDisableMs: 5 * 86_400_000,
    partitions: 4,
    topicRetentionMs: 72 * 3_600_000,
    recordRetentionDays: 7,
    maxInFlight: 1_000,
    maxLag: 200_000,
    quarantineMin: 50,
    quarantinePercent: 95,
    quarantineWindowMs: 60_000,
    configPollMs: 500,
    sweepGraceMs: 300_000,
    shutdownMs: 25_000,
    stallMs: 60_000,
    kafkaClientId: 'herald',
    kafkaTls: false,
    kafkaCreateTopics: true,
    kafkaReplicationFactor: 3,
    kafkaMinInSyncReplicas: 2,
    kafkaSingleBroker: false,
    kafkaPublishTimeoutMs: 5_000,
    kafkaConnectTimeoutMs: 3_000,
    kafkaSessionTimeoutMs: 10_000,
    kafkaHeartbeatMs: 1_000,
    kafkaRebalanceTimeoutMs: 15_000,
    kafkaMaxWaitMs: 500,
    kafkaFetchBytes: 4 * 1024 * 1024,
    kafkaFetchBytesPerPartition: 256 * 1024,
    kafkaCommitMs: 500,
    kafkaCloseTimeoutMs: 5_000,
    kafkaStallMs: 30_000,
    mongoPoolSize: 20,
    mongoReachMs: 2_000,
    mongoAnswerMs: 5_000,
    mongoMigrate: 'check',
  });
});

test('a log and a store that are shared come together, and with them what the bus takes', () => {
  const brokers = { HERALD_KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092' };
  const mongo = { HERALD_MONGO_URL: 'mongodb://db-1,db-2/herald?replicaSet=rs0' };
  expect(problemsOf(brokers)).toEqual([
    expect.stringMatching(/^HERALD_MONGO_URL must be set where HERALD_KAFKA_BROKERS/),
  ]);
  expect(problemsOf(mongo)).toEqual([
    expect.stringMatching(/^HERALD_KAFKA_BROKERS must be set where HERALD_MONGO_URL/),
  ]);
  expect(problemsOf({ ...brokers, ...mongo, HERALD_KAFKA_SASL: 'plain' })).toEqual([
    expect.stringMatching(/^HERALD_KAFKA_USERNAME must be set/),
    expect.stringMatching(/^HERALD_KAFKA_PASSWORD must be set/),
  ]);
  expect(isDistributed(load({}))).toBe(false);
  expect(kafkaSettingsOf(load({}))).toBeUndefined();
  const login = { HERALD_KAFKA_SASL: 'plain', HERALD_KAFKA_USERNAME: 'ada', HERALD_KAFKA_PASSWORD: 'secret' };
  const config = load({ ...brokers, ...mongo, ...login, HERALD_KAFKA_TLS: 'true', HERALD_KAFKA_PREFIX: 'test.' });
  expect(isDistributed(config)).toBe(true);
  expect(kafkaSettingsOf(config)).toMatchObject({
    brokers: ['kafka-1:9092', 'kafka-2:9092'],
    prefix: 'test.',
    tls: true,
    sasl: { mechanism: 'plain', username: 'ada', password: 'secret' },
  });
});

test('values are read in their units', () => {
  const config = load({
    HERALD_ROLES: 'render, profile',
    HERALD_PORT: '0',
    HERALD_PUBLIC_URL: 'https://herald.example.com/',
    HERALD_SMTP_URL: 'smtp://user:pa%20ss@mail.example.com:587?tls=required',
    HERALD_TOPIC_RETENTION_HOURS: '48',
    HERALD_MAX_DATA_MB: '20',
    HERALD_ADMIN_KEY: '0123456789abcdef',
  });
  expect(config.roles).toEqual(['profile', 'render']);
  expect(config).toMatchObject({
    port: 0,
    publicUrl: 'https://herald.example.com',
    smtpUrl: 'smtp://user:pa%20ss@mail.example.com:587?tls=required',
    topicRetentionMs: 172_800_000,
    maxDataBytes: 20_000_000,
    adminKey: '0123456789abcdef',
  });
});

test('an empty variable counts as absent', () => {
  expect(load({ HERALD_PORT: '', HERALD_ADMIN_KEY: ' ' })).toEqual(load({}));
});

describe('a wrong value is named, with what it must be and an example, and never shown', () => {
  const wrong: readonly (readonly [name: string, value: string])[] = [
    ['HERALD_ROLES', 'ingress,baker'],
    ['HERALD_ROLES', ','],
    ['HERALD_PORT', '65536'],
    ['HERALD_PORT', '80a'],
    ['HERALD_PORT', '-1'],
    ['HERALD_PORT', '1e3'],
    ['HERALD_PUBLIC_URL', 'ftp://secret-7f'],
    ['HERALD_PUBLIC_URL', 'secret-7f'],
    ['HERALD_SMTP_URL', 'http://user:secret-7f@mail'],
    ['HERALD_SMTP_URL', 'smtp://'],
    ['HERALD_TWILIO_ACCOUNT_SID', 'secret-7f'],
    ['HERALD_TWILIO_AUTH_TOKEN', 'secret-7f'],
    ['HERALD_TWILIO_API_URL', 'secret-7f'],
    ['HERALD_TWILIO_CONNECTIONS', '0'],
    ['HERALD_VAPID_PUBLIC_KEY', 'secret-7f'],
    ['HERALD_VAPID_PRIVATE_KEY', 'secret-7f'],
    ['HERALD_VAPID_SUBJECT', 'secret-7f@example.com'],
    ['HERALD_PUSH_CONNECTIONS', '1001'],
    ['HERALD_ALLOWED_PRIVATE_HOSTS', 'https://secret-7f'],
    ['HERALD_ALLOWED_PRIVATE_HOSTS', 'secret-7f/path'],
    ['HERALD_ALLOWED_PRIVATE_HOSTS', 'push.internal,,secret-7f'],
    ['HERALD_ALLOWED_PRIVATE_HOSTS', '127.1'],
    ['HERALD_PUSH_CA', '/secret-7f'],
    ['HERALD_INBOX', 'secret-7f'],
    ['HERALD_ADMIN_KEY', 'secret-7f'],
    ['HERALD_ADMIN_KEY', 'secret-7f with blanks in it'],
    ['HERALD_HMAC_KEY', 'secret-7f-secret-7f-secret-7f'],
    ['HERALD_LOG_LEVEL', 'loud'],
    ['HERALD_LOG_FORMAT', 'xml'],
    ['HERALD_LADDER_MS', '1000,1000'],
    ['HERALD_LADDER_MS', '0,5'],
    ['HERALD_LADDER_MS', '1000;5000'],
    ['HERALD_RETRY_MS', '0'],
    ['HERALD_RETRY_MS', '1001'],
    ['HERALD_LEASE_MS', '20000'],
    ['HERALD_SWEEP_GRACE_MS', '30000'],
    ['HERALD_TOPIC_RETENTION_HOURS', '24'],
    ['HERALD_RECORD_RETENTION_DAYS', '3'],
    ['HERALD_MAX_DATA_MB', '0'],
    ['HERALD_BOUNCE_DOMAIN', 'Secret-7f.example'],
    ['HERALD_BOUNCE_DOMAIN', 'secret-7f'],
    ['HERALD_FEEDBACK_SECRETS', 'smtp:secret-7f'],
    ['HERALD_FEEDBACK_SECRETS', `smtp:whsec_${Buffer.from('secret-7f').toString('base64')}`],
    ['HERALD_SOFT_BOUNCES', '101'],
    ['HERALD_SOFT_BOUNCE_DAYS', '0'],
  ];
  test.each(wrong)('%s=%s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must .+, for example ${name}=\\S+`));
    expect(problems[0]).not.toContain('secret-7f');
  });

  test('all of them at once', () => {
    const problems = problemsOf({
      HERALD_PORT: 'x',
      HERALD_ROLES: 'y',
      HERALD_LADDER_MS: 'z',
      HERALD_STALL_MS: '1000',
    });
    expect(problems.map((line) => line.split(' ')[0])).toEqual(['HERALD_ROLES', 'HERALD_PORT', 'HERALD_LADDER_MS']);
  });

  test('each example is accepted', () => {
    const examples = Object.fromEntries(
      wrong.flatMap(([name, value]) => {
        const [, example = ''] = problemsOf({ [name]: value })[0]?.split(`for example ${name}=`) ?? [];
        return [[name, example]];
      }),
    );
    // A pair of keys, or a file, that everybody has is no example.
    const own = { ...vapidOf(webPush.generateVAPIDKeys()), HERALD_PUSH_CA: '' };
    expect(problemsOf({ ...examples, ...own, HERALD_RETRY_MS: '1000' })).toEqual([]);
  });
});

const vapidOf = ({ publicKey, privateKey }: { publicKey: string; privateKey: string }) => ({
  HERALD_VAPID_PUBLIC_KEY: publicKey,
  HERALD_VAPID_PRIVATE_KEY: privateKey,
});

test('settings of providers that belong together come together', () => {
  const account = { HERALD_TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, HERALD_TWILIO_AUTH_TOKEN: 'f'.repeat(32) };
  const [one, other] = [vapidOf(webPush.generateVAPIDKeys()), vapidOf(webPush.generateVAPIDKeys())];
  const url = { HERALD_TWILIO_API_URL: 'http://127.0.0.1:1' };
  expect(problemsOf({ ...account, ...url, ...one })).toEqual([]);
  for (const half of [account, url, one].flatMap((whole) => Object.entries(whole))) {
    expect(problemsOf(Object.fromEntries([half]))).toEqual([expect.stringMatching(/^HERALD_\w+ must be set where/)]);
  }
  const crossed = { ...one, HERALD_VAPID_PRIVATE_KEY: other.HERALD_VAPID_PRIVATE_KEY };
  expect(problemsOf(crossed)).toEqual([expect.stringContaining('must be the private key of HERALD_VAPID_PUBLIC_KEY')]);
});

test('a port for bounces wants the domain that they are for', () => {
  const port = { HERALD_BOUNCE_SMTP_PORT: '2525' };
  expect(problemsOf(port)).toEqual([
    expect.stringMatching(/^HERALD_BOUNCE_DOMAIN must be set where HERALD_BOUNCE_SMTP/),
  ]);
  expect(problemsOf({ ...port, HERALD_BOUNCE_DOMAIN: 'bounces.example.com' })).toEqual([]);
});

test('secrets of providers come by name, and a name may have two', () => {
  const [one, two] = ['a', 'b'].map((letter) => Buffer.from(letter.repeat(32)));
  const text = [one, two].map((key) => `ses:whsec_${key?.toString('base64')}`).join(', ');
  expect(load({ HERALD_FEEDBACK_SECRETS: text }).feedbackSecrets).toEqual([
    { name: 'ses', key: one },
    { name: 'ses', key: two },
  ]);
});

test('private hosts are names and addresses as URLs have them, in lower case, with a port or without', () => {
  const { allowedPrivateHosts } = load({ HERALD_ALLOWED_PRIVATE_HOSTS: 'Push.Internal, 10.0.0.7:8443,[::1]:443' });
  expect(allowedPrivateHosts).toEqual([{ host: 'push.internal' }, { host: '10.0.0.7:8443' }, { host: '[::1]:443' }]);
});

test('certificates are read from their file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-config-'));
  const file = join(folder, 'ca.pem');
  const { cert } = createLocalCertificate(['localhost']);
  writeFileSync(file, cert);
  expect(load({ HERALD_PUSH_CA: file }).pushCa).toBe(cert);
  writeFileSync(file, 'no certificate');
  expect(problemsOf({ HERALD_PUSH_CA: file })[0]).toMatch(/^HERALD_PUSH_CA must be a readable file with certificates/);
  rmSync(folder, { recursive: true });
});

test('the document is the one that the schema writes, with every setting once', () => {
  const document = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  expect(document).toBe(describeConfig());
  expect(document.match(/^\| `HERALD_\w+`/gm)).toHaveLength(95);
});
