import { allTopics, type TopicSpec } from '@herald/contracts';
import type { Config } from '@herald/service-kit';

/** The topics of an installation, alike in every process of it. */
export const topicsOf = ({
  partitions,
  topicRetentionMs: retentionMs,
  ladderMs,
}: Pick<Config, 'partitions' | 'topicRetentionMs' | 'ladderMs'>): TopicSpec[] =>
  allTopics({ partitions, retentionMs, ladderMs });
