import { CHANNELS, LANES, type Channel, type Lane } from './words.ts';

/** What travels between ingress, profile, render and the senders. */
export const WORK_STEPS = ['requested', 'resolved', 'rendered'] as const;
export type WorkStep = (typeof WORK_STEPS)[number];

/** A topic as the bus must create it. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Records older than this may be deleted. */
  readonly retentionMs: number;
  /** A rung of the ladder: its records are handed to consumers only when they are this old. Absent: at once. */
  readonly delayMs?: number;
}

export interface TopicSettings {
  /** Partitions of each work topic. */
  readonly partitions: number;
  readonly retentionMs: number;
  /** The ladder's rungs, ascending. */
  readonly ladderMs: readonly number[];
}

export const STATUS_TOPIC = 'herald.status';
export const DEAD_TOPIC = 'herald.dead';
export const NOTICES_TOPIC = 'herald.notices';
/** Deliveries of webhooks that are to be tried. */
export const WEBHOOKS_TOPIC = 'herald.webhooks';

export const workTopic = (lane: Lane, channel: Channel, step: WorkStep): string => `herald.${lane}.${channel}.${step}`;

export const ladderTopic = (lane: Lane, delayMs: number): string => `herald.${lane}.retry.${delayMs}ms`;

export const ladderTopics = (lane: Lane, ladderMs: readonly number[]): string[] =>
  ladderMs.map((delayMs) => ladderTopic(lane, delayMs));

/** Every topic there is. Topics are separate per lane and channel, so that trouble stays where it is. */
export function allTopics(settings: TopicSettings): TopicSpec[] {
  const { partitions, retentionMs } = settings;
  const work = LANES.flatMap((lane) =>
    CHANNELS.flatMap((channel) =>
      WORK_STEPS.map((step) => ({ name: workTopic(lane, channel, step), partitions, retentionMs })),
    ),
  );
  // A rung is consumed in the order of its records' age: one partition keeps that order whole.
  const ladder = LANES.flatMap((lane) =>
    settings.ladderMs.map((delayMs) => ({ name: ladderTopic(lane, delayMs), partitions: 1, retentionMs, delayMs })),
  );
  return [
    ...work,
    ...ladder,
    { name: STATUS_TOPIC, partitions, retentionMs },
    { name: DEAD_TOPIC, partitions: 1, retentionMs },
    { name: NOTICES_TOPIC, partitions: 1, retentionMs },
    { name: WEBHOOKS_TOPIC, partitions, retentionMs },
  ];
}
