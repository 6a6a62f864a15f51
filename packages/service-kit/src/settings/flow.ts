import { integer } from '../config-values.ts';
import { about } from './setting.ts';

const HOUR_MS = 3_600_000;

export const flowSettings = {
  partitions: integer(1, 1_000).register(about, {
    env: 'HERALD_PARTITIONS',
    default: '4',
    meaning: 'Partitions of each work topic; chosen once',
    example: '4',
  }),
  // A message may live for a day: its records have to be there until the end of it.
  topicRetentionMs: integer(25, 8_760, HOUR_MS).register(about, {
    env: 'HERALD_TOPIC_RETENTION_HOURS',
    default: '72',
    unit: 'hours',
    meaning: 'How long records stay on the topics, and with them what a call sent',
    example: '72',
  }),
  recordRetentionDays: integer(2, 3_650).register(about, {
    env: 'HERALD_RECORD_RETENTION_DAYS',
    default: '7',
    unit: 'days',
    meaning: 'How long executions and the ledger are kept; longer than the topics',
    example: '30',
  }),
  maxInFlight: integer(1, 100_000).register(about, {
    env: 'HERALD_MAX_IN_FLIGHT',
    default: '1000',
    unit: 'messages',
    meaning: 'What one consumer has in hand at most',
    example: '1000',
  }),
  maxLag: integer(1, 1_000_000_000).register(about, {
    env: 'HERALD_MAX_LAG',
    default: '200000',
    unit: 'messages',
    meaning: 'With more than this of one lane and channel waiting, its calls are answered with 503',
    example: '200000',
  }),
  configPollMs: integer(10, 60_000).register(about, {
    env: 'HERALD_CONFIG_POLL_MS',
    default: '500',
    unit: 'ms',
    meaning: 'How often changes of campaigns, surfaces and keys are looked for',
    example: '500',
  }),
};
