import { KAFKA_SETTINGS, kafkaSettingsSchema, type KafkaSettingsInput } from '@herald/bus/kafka-settings';
import type { z } from 'zod';
import { brokers, integer, matching, oneOf, pem, secret, text, yesOrNo } from '../config-values.ts';
import { about } from './setting.ts';

const presets = kafkaSettingsSchema.parse({ brokers: ['localhost:9092'] });
type NumberName = {
  [K in keyof typeof presets]-?: (typeof presets)[K] extends number ? K : never;
}[keyof typeof presets];

const MAX_MS = 3_600_000;
const MAX_BYTES = 1_000_000_000;

/** A number whose default is the one of the bus. */
const number = (name: NumberName, unit: string | undefined, max: number, meaning: string): z.ZodType<number, string> =>
  integer(1, max).register(about, {
    env: KAFKA_SETTINGS[name],
    default: String(presets[name]),
    ...(unit === undefined ? {} : { unit }),
    meaning,
    example: String(presets[name]),
  });
const ms = (name: NumberName, meaning: string): z.ZodType<number, string> => number(name, 'ms', MAX_MS, meaning);
const bytes = (name: NumberName, meaning: string): z.ZodType<number, string> =>
  number(name, 'bytes', MAX_BYTES, meaning);

export const kafkaSettings = {
  kafkaBrokers: brokers().optional().register(about, {
    env: KAFKA_SETTINGS.brokers,
    meaning: 'Brokers to begin with. With HERALD_MONGO_URL it makes this process one of many; without, it is one alone',
    example: 'kafka-1:9092,kafka-2:9092',
  }),
  kafkaClientId: text().register(about, {
    env: KAFKA_SETTINGS.clientId,
    default: presets.clientId,
    meaning: 'Under which name the brokers see this process',
    example: 'herald-eu',
  }),
  kafkaPrefix: matching(/^[\w.-]{0,100}$/, 'at most 100 letters, digits, "_", "-" and "."')
    .optional()
    .register(about, {
      env: KAFKA_SETTINGS.prefix,
      meaning: 'Goes before the name of every topic and group: several installations can share a cluster',
      example: 'staging.',
    }),
  kafkaTls: yesOrNo().register(about, {
    env: KAFKA_SETTINGS.tls,
    default: 'false',
    meaning: 'Whether to speak TLS with the brokers',
    example: 'true',
  }),
  kafkaTlsCa: pem('certificates').optional().register(about, {
    env: 'HERALD_KAFKA_TLS_CA',
    meaning: "A file with the certificates, in PEM, that the brokers may show in place of the system's",
    example: '/etc/herald/kafka-ca.pem',
  }),
  kafkaTlsCert: pem('certificates').optional().register(about, {
    env: 'HERALD_KAFKA_TLS_CERT',
    meaning: "A file with this process' own certificate, for brokers that ask for one",
    example: '/etc/herald/kafka.pem',
  }),
  kafkaTlsKey: pem('a private key').optional().register(about, {
    env: 'HERALD_KAFKA_TLS_KEY',
    meaning: 'The file with its key',
    example: '/etc/herald/kafka.key',
  }),
  kafkaSasl: oneOf(['plain', 'scram-sha-256', 'scram-sha-512']).optional().register(about, {
    env: KAFKA_SETTINGS.sasl,
    meaning: 'How to log in: `plain`, `scram-sha-256` or `scram-sha-512`; without it there is no login',
    example: 'scram-sha-512',
  }),
  kafkaUsername: text().optional().register(about, {
    env: 'HERALD_KAFKA_USERNAME',
    meaning: 'Who logs in',
    example: 'herald',
  }),
  kafkaPassword: secret(1).optional().register(about, {
    env: 'HERALD_KAFKA_PASSWORD',
    meaning: 'With which password',
    example: 'a-long-random-text',
  }),
  kafkaCreateTopics: yesOrNo().register(about, {
    env: KAFKA_SETTINGS.createTopics,
    default: String(presets.createTopics),
    meaning: '`false`: topics are only checked, for clusters on which somebody else creates them',
    example: 'false',
  }),
  kafkaReplicationFactor: number(
    'replicationFactor',
    undefined,
    32_767,
    'Copies of each partition, of the topics that are created',
  ),
  kafkaMinInSyncReplicas: number(
    'minInSyncReplicas',
    undefined,
    32_767,
    'How many of them must have a record before it counts as published',
  ),
  kafkaSingleBroker: yesOrNo().register(about, {
    env: KAFKA_SETTINGS.singleBroker,
    default: String(presets.singleBroker),
    meaning: '`true` gives up what copies are for: one of everything, for trials and small machines',
    example: 'true',
  }),
  kafkaPublishTimeoutMs: ms(
    'publishTimeoutMs',
    'A call is answered with 503 when its records are not safe after so long',
  ),
  kafkaConnectTimeoutMs: ms('connectTimeoutMs', 'How long to wait for a connection'),
  kafkaSessionTimeoutMs: ms(
    'sessionTimeoutMs',
    'A process from which nothing was heard for so long is taken for dead, and its partitions go to others',
  ),
  kafkaHeartbeatMs: ms('heartbeatMs', 'How often a process says that it is there'),
  kafkaRebalanceTimeoutMs: ms(
    'rebalanceTimeoutMs',
    'How long others wait for a process when partitions are shared out anew',
  ),
  kafkaMaxWaitMs: ms('maxWaitMs', 'How long a broker holds a fetch open when there is nothing'),
  kafkaFetchBytes: bytes('fetchBytes', 'How much one fetch brings'),
  kafkaFetchBytesPerPartition: bytes('fetchBytesPerPartition', 'How much of that may be of one partition'),
  kafkaCommitMs: ms('commitMs', 'How often it is written down how far a group is'),
  kafkaCloseTimeoutMs: ms('closeTimeoutMs', 'How long a consumer may take to leave'),
  kafkaStallMs: ms('stallMs', 'A consumer that has fetched nothing for so long, not even emptiness, is replaced'),
};

type KafkaConfig = z.output<z.ZodObject<typeof kafkaSettings>>;

/** What the bus takes; undefined where no brokers are named. */
export function kafkaSettingsOf(config: KafkaConfig): KafkaSettingsInput | undefined {
  if (config.kafkaBrokers === undefined) return undefined;
  const { kafkaTlsCa: ca, kafkaTlsCert: cert, kafkaTlsKey: key } = config;
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const { kafkaSasl: mechanism, kafkaUsername: username = '', kafkaPassword: password = '' } = config;
  return {
    brokers: [...config.kafkaBrokers],
    clientId: config.kafkaClientId,
    prefix: config.kafkaPrefix ?? '',
    tls: config.kafkaTls && (Object.keys(tls).length === 0 || tls),
    ...(mechanism === undefined ? {} : { sasl: { mechanism, username, password } }),
    createTopics: config.kafkaCreateTopics,
    replicationFactor: config.kafkaReplicationFactor,
    minInSyncReplicas: config.kafkaMinInSyncReplicas,
    singleBroker: config.kafkaSingleBroker,
    publishTimeoutMs: config.kafkaPublishTimeoutMs,
    connectTimeoutMs: config.kafkaConnectTimeoutMs,
    sessionTimeoutMs: config.kafkaSessionTimeoutMs,
    heartbeatMs: config.kafkaHeartbeatMs,
    rebalanceTimeoutMs: config.kafkaRebalanceTimeoutMs,
    maxWaitMs: config.kafkaMaxWaitMs,
    fetchBytes: config.kafkaFetchBytes,
    fetchBytesPerPartition: config.kafkaFetchBytesPerPartition,
    commitMs: config.kafkaCommitMs,
    closeTimeoutMs: config.kafkaCloseTimeoutMs,
    stallMs: config.kafkaStallMs,
  };
}
