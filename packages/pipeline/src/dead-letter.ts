import { DEAD_TOPIC, type EncodedRecord, type Position } from '@herald/contracts';
import type { NewRecord } from '@herald/bus';

export interface DeathCertificate {
  readonly id: string;
  readonly reason: string;
  readonly stage: string;
  /** A coded description: never content, never an address. */
  readonly detail: string;
  /** Of a bug: see `Ending`. */
  readonly stack?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly attempts: number;
  readonly campaignId?: string;
  readonly source: Position;
  /** The topic to which a replay returns the record. */
  readonly originTopic: string;
}

/** The unchanged record with the reason in its headers. */
export function deadLetterRecord(record: EncodedRecord, why: DeathCertificate): NewRecord {
  return {
    topic: DEAD_TOPIC,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'origin-topic': why.originTopic,
      'dead-id': why.id,
      'dead-reason': why.reason,
      'dead-stage': why.stage,
      'dead-detail': why.detail,
      'dead-at': String(why.at),
      'dead-attempts': String(why.attempts),
      ...(why.campaignId === undefined ? {} : { 'dead-campaign': why.campaignId }),
      ...(why.stack === undefined ? {} : { 'dead-stack': why.stack.join(' ') }),
      'dead-source': `${why.source.topic}/${why.source.partition}/${why.source.offset}`,
    },
  };
}
