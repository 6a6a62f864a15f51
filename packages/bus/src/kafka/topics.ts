import { Misconfigured, type TopicSpec } from '@herald/contracts';
import kafkajs, { type Admin } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { causesOf } from './errors.ts';
import { MAX_BATCH_BYTES } from './records.ts';
import { copiesOf, KAFKA_SETTINGS, type KafkaSettings } from './settings.ts';

/** `name` is the one on the cluster. */
export type ClusterTopic = TopicSpec;

const MIN_SEGMENT_MS = 10 * 60_000;
const MAX_SEGMENT_MS = 24 * 3_600_000;
const FOR_EVER = -1;
const CREATE_MS = 20_000;
/** What was created a moment ago, here or by another process, is not known to every broker at once. */
const VISIBLE_WITHIN_MS = 30_000;
const LOOK_MS = 100;

/** What a topic must have, and what an operator would look at when it does not. */
interface Demand {
  readonly config: string;
  readonly value: string;
  /** True for what the cluster has instead. */
  readonly suffices: (found: string) => boolean;
  /** The setting that asks for it; absent: it is promised in any case. */
  readonly from?: string;
}

const atLeast =
  (least: number, forEver = false) =>
  (found: string): boolean =>
    Number(found) >= least || (forEver && Number(found) === FOR_EVER);

function demandsOf({ retentionMs }: ClusterTopic, settings: KafkaSettings): Demand[] {
  const { inSync } = copiesOf(settings);
  return [
    {
      config: 'min.insync.replicas',
      value: String(inSync),
      suffices: atLeast(inSync),
      from: KAFKA_SETTINGS.minInSyncReplicas,
    },
    {
      config: 'retention.ms',
      value: String(retentionMs),
      suffices: atLeast(retentionMs, true),
      from: 'HERALD_TOPIC_RETENTION_HOURS',
    },
    // By age only: a topic that is full would lose what nobody has seen yet.
    { config: 'retention.bytes', value: '-1', suffices: (found) => found === '-1' },
    { config: 'cleanup.policy', value: 'delete', suffices: (found) => found === 'delete' },
    {
      config: 'max.message.bytes',
      value: String(MAX_BATCH_BYTES),
      suffices: atLeast(MAX_BATCH_BYTES),
    },
    // The time at which the leader appended it: the ladder's delays and the retention hang on no other clock.
    {
      config: 'message.timestamp.type',
      value: 'LogAppendTime',
      suffices: (found) => found === 'LogAppendTime',
    },
  ];
}

/**
 * Creates the topics that are missing, then compares all of them with what they must be. Throws `Misconfigured` with one line
 * per topic that is weaker than asked for; stronger is fine, but for the number of partitions, with which keys would
 * change places.
 */
export async function prepareTopics(
  admin: Admin,
  topics: readonly ClusterTopic[],
  settings: KafkaSettings,
): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length > 0 && !settings.createTopics) {
    throw new Misconfigured(
      `Kafka: topics are not on the cluster and ${KAFKA_SETTINGS.createTopics}=false: ` +
        missing.map(({ name }) => name).join(', '),
    );
  }
  // Another process may be faster: that is no error, and the check below looks at what it made.
  if (missing.length > 0) {
    // Not for their leaders: kafkajs takes a topic that is not known everywhere yet for a failure. The check waits for that.
    const created = missing.map((topic) => toConfig(topic, settings));
    await admin.createTopics({ timeout: CREATE_MS, waitForLeaders: false, topics: created });
  }
  const problems = await onceVisible(() => differences(admin, topics, settings));
  if (problems.length > 0) throw new Misconfigured(problems.map((problem) => `Kafka: ${problem}`).join('\n'));
}

const UNSEEN = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

async function onceVisible<T>(look: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      const unseen = causesOf(error).some(({ code }) => code !== undefined && UNSEEN.has(code));
      if (!unseen || performance.now() > giveUpAt) throw error;
    }
    await delay(LOOK_MS);
  }
}

function toConfig(
  topic: ClusterTopic,
  settings: KafkaSettings,
): Parameters<Admin['createTopics']>[0]['topics'][number] {
  // Whole segments are deleted, and only closed ones: what expires is gone an eighth of its life later at most.
  const segmentMs = Math.min(MAX_SEGMENT_MS, Math.max(MIN_SEGMENT_MS, Math.ceil(topic.retentionMs / 8)));
  return {
    topic: topic.name,
    numPartitions: topic.partitions,
    replicationFactor: copiesOf(settings).all,
    configEntries: [
      ...demandsOf(topic, settings).map(({ config, value }) => ({ name: config, value })),
      { name: 'segment.ms', value: String(segmentMs) },
      // A copy that lags behind never becomes the leader: what was acknowledged would be gone.
      { name: 'unclean.leader.election.enable', value: 'false' },
    ],
  };
}

async function differences(admin: Admin, topics: readonly ClusterTopic[], settings: KafkaSettings): Promise<string[]> {
  const names = topics.map(({ name }) => name);
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  const { all } = copiesOf(settings);
  return topics.flatMap((topic) => {
    const partitions = metadata.find(({ name }) => name === topic.name)?.partitions ?? [];
    const config = resources.find(({ resourceName }) => resourceName === topic.name)?.configEntries ?? [];
    const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
    const wrong: string[] = [];
    if (partitions.length !== topic.partitions) {
      wrong.push(`${partitions.length} partitions instead of ${topic.partitions} (HERALD_PARTITIONS)`);
    }
    if (copies < all) wrong.push(`${copies} copies instead of ${all} (${KAFKA_SETTINGS.replicationFactor})`);
    for (const { config: name, value, suffices, from } of demandsOf(topic, settings)) {
      const found = config.find(({ configName }) => configName === name)?.configValue;
      if (found === undefined) wrong.push(`a ${name} that may not be read`);
      else if (!suffices(found)) {
        wrong.push(`${name}=${found} instead of ${value}${from === undefined ? '' : ` (${from})`}`);
      }
    }
    return wrong.length === 0 ? [] : [`topic ${topic.name} has ${wrong.join(', ')}`];
  });
}
