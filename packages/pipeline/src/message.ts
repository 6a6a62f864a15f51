import {
  encodeMessage,
  type EncodedRecord,
  type EventBody,
  type EventType,
  marksOf,
  type MessageBase,
  type MessageMeta,
  type Position,
} from '@herald/contracts';
import type { ExecutionRecord } from '@herald/store';

/** A message as a stage sees it: parsed, with its place on the log. */
export interface Message<T extends EventType> {
  readonly meta: MessageMeta;
  readonly body: EventBody<T>;
  /** The record that this came from; over an in-memory edge, the record that the first stage of the chain took. */
  readonly source: Position;
  /** As it lay on its topic; absent when it came over an in-memory edge. */
  readonly record?: EncodedRecord;
}

/** What every message of an execution says of it. */
export function messageBaseOf(execution: ExecutionRecord): MessageBase {
  const { executionId, campaignId, campaignVersion, channel, lane, guarantee, acceptedAt, retryMs } = execution;
  const times = { accepted: acceptedAt };
  const policy = retryMs === undefined ? {} : { retryMs: [...retryMs] };
  return {
    executionId,
    campaignId,
    campaignVersion,
    channel,
    lane,
    guarantee,
    ...marksOf(execution),
    ...policy,
    times,
  };
}

/** The message's record with other headers: what waits on the ladder or lies among the dead letters. */
export function recordOf<T extends EventType>(
  type: T,
  message: Message<T>,
  headers: Readonly<Record<string, string>>,
): EncodedRecord {
  const { record, meta, body } = message;
  if (record === undefined) return encodeMessage(type, meta, body, headers);
  return { key: record.key, value: record.value, headers: { ...record.headers, ...headers } };
}
