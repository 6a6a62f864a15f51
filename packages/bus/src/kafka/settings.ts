import { z } from 'zod';

const ms = (preset: number) => z.int().min(1).default(preset);
const address = z.string().regex(/^[^\s:,]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port');
const login = { username: z.string().min(1), password: z.string().min(1) };

/**
 * How to reach a Kafka cluster and what to ask of it. Durations are milliseconds, sizes bytes. `KAFKA_SETTINGS` has the
 * name of each in the environment.
 */
export const kafkaSettingsSchema = z
  .strictObject({
    /** `host:port`, to begin with; the cluster tells of the others, under the addresses that it advertises. */
    brokers: z.array(address).min(1),
    clientId: z.string().min(1).default('herald'),
    /** Goes before the name of every topic and group: several installations can share a cluster. */
    prefix: z
      .string()
      .regex(/^[\w.-]{0,100}$/, 'must be letters, digits, "_", "-" and "."')
      .default(''),
    /** True: the machine's certificate authorities. Texts are PEM. */
    tls: z
      .union([
        z.boolean(),
        z.strictObject({
          ca: z.string().min(1).optional(),
          cert: z.string().min(1).optional(),
          key: z.string().min(1).optional(),
          passphrase: z.string().optional(),
          servername: z.string().min(1).optional(),
          rejectUnauthorized: z.boolean().optional(),
        }),
      ])
      .default(false),
    sasl: z
      .discriminatedUnion('mechanism', [
        z.strictObject({ mechanism: z.literal('plain'), ...login }),
        z.strictObject({ mechanism: z.literal('scram-sha-256'), ...login }),
        z.strictObject({ mechanism: z.literal('scram-sha-512'), ...login }),
      ])
      .optional(),
    /** False: topics are only checked, for clusters on which somebody else creates them. */
    createTopics: z.boolean().default(true),
    /** Copies of each partition. The loss of one broker is survived with 3 copies of which 2 must have a record. */
    replicationFactor: z.int().min(1).max(32_767).default(3),
    minInSyncReplicas: z.int().min(1).max(32_767).default(2),
    /** Gives up what copies are for, in one word: one copy of everything. For trials and small machines. */
    singleBroker: z.boolean().default(false),
    /** `publish` throws `Outage` after so long. */
    publishTimeoutMs: ms(5_000),
    connectTimeoutMs: ms(3_000),
    /** A member from which nothing was heard for so long is taken for dead, and its partitions go to others. */
    sessionTimeoutMs: ms(10_000),
    heartbeatMs: ms(1_000),
    /** How long the others wait for a member when partitions are shared out anew. */
    rebalanceTimeoutMs: ms(15_000),
    /** How long a broker holds a fetch open when there is nothing; it answers at once when something comes. */
    maxWaitMs: ms(500),
    fetchBytes: z
      .int()
      .min(1)
      .default(4 * 1024 * 1024),
    fetchBytesPerPartition: z
      .int()
      .min(1)
      .default(256 * 1024),
    /** How often acknowledged offsets are written down; what a crash leaves out is handed over again. */
    commitMs: ms(500),
    /** How long `close` of a consumer may take before its connections are cut. */
    closeTimeoutMs: ms(5_000),
    /** A consumer that has fetched nothing for so long, not even emptiness, is replaced. */
    stallMs: ms(30_000),
  })
  .refine(({ replicationFactor, minInSyncReplicas }) => minInSyncReplicas <= replicationFactor, {
    path: ['minInSyncReplicas'],
    message: 'must not be more than replicationFactor',
  })
  .refine(({ heartbeatMs, sessionTimeoutMs }) => heartbeatMs * 2 <= sessionTimeoutMs, {
    path: ['heartbeatMs'],
    message: 'must be at most half of sessionTimeoutMs',
  });

export type KafkaSettings = z.output<typeof kafkaSettingsSchema>;
export type KafkaSettingsInput = z.input<typeof kafkaSettingsSchema>;

/** What an operator calls the settings, so that an error can name the one to look at. */
export const KAFKA_SETTINGS = {
  brokers: 'HERALD_KAFKA_BROKERS',
  clientId: 'HERALD_KAFKA_CLIENT_ID',
  prefix: 'HERALD_KAFKA_PREFIX',
  tls: 'HERALD_KAFKA_TLS',
  sasl: 'HERALD_KAFKA_SASL',
  createTopics: 'HERALD_KAFKA_CREATE_TOPICS',
  replicationFactor: 'HERALD_KAFKA_REPLICATION_FACTOR',
  minInSyncReplicas: 'HERALD_KAFKA_MIN_IN_SYNC_REPLICAS',
  singleBroker: 'HERALD_KAFKA_SINGLE_BROKER',
  publishTimeoutMs: 'HERALD_KAFKA_PUBLISH_TIMEOUT_MS',
  connectTimeoutMs: 'HERALD_KAFKA_CONNECT_TIMEOUT_MS',
  sessionTimeoutMs: 'HERALD_KAFKA_SESSION_TIMEOUT_MS',
  heartbeatMs: 'HERALD_KAFKA_HEARTBEAT_MS',
  rebalanceTimeoutMs: 'HERALD_KAFKA_REBALANCE_TIMEOUT_MS',
  maxWaitMs: 'HERALD_KAFKA_MAX_WAIT_MS',
  fetchBytes: 'HERALD_KAFKA_FETCH_BYTES',
  fetchBytesPerPartition: 'HERALD_KAFKA_FETCH_BYTES_PER_PARTITION',
  commitMs: 'HERALD_KAFKA_COMMIT_MS',
  closeTimeoutMs: 'HERALD_KAFKA_CLOSE_TIMEOUT_MS',
  stallMs: 'HERALD_KAFKA_STALL_MS',
} as const satisfies Record<keyof KafkaSettings, string>;

/** Copies of each partition, and how many of them must have a record before it counts as published. */
export const copiesOf = (settings: KafkaSettings): { readonly all: number; readonly inSync: number } =>
  settings.singleBroker
    ? { all: 1, inSync: 1 }
    : { all: settings.replicationFactor, inSync: settings.minInSyncReplicas };
