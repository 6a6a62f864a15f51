import {
  encodeMessage,
  marksOf,
  STATUS_TOPIC,
  type EventBody,
  type MessageBase,
  type MessageMeta,
} from '@herald/contracts';
import type { NewRecord } from '@herald/bus';
import type { ResultEntry } from '@herald/store';

/** The event that tells how a message ended; the same for every repeat. */
export function statusRecord(
  message: { readonly meta: MessageMeta; readonly body: MessageBase },
  result: ResultEntry,
): NewRecord {
  const { meta, body } = message;
  const { outcome } = result;
  if (outcome.kind !== 'final') throw new Error('only a final result has a status event');
  const status: EventBody<'message.status.v1'> = {
    executionId: body.executionId,
    campaignId: body.campaignId,
    campaignVersion: body.campaignVersion,
    channel: body.channel,
    lane: body.lane,
    guarantee: body.guarantee,
    ...marksOf(body),
    times: body.times,
    org: meta.org,
    sandbox: meta.sandbox,
    messageId: meta.messageId,
    round: meta.round,
    attempt: result.attempt,
    state: outcome.state,
    reason: outcome.reason,
    at: result.at,
    ...(result.provider === undefined ? {} : { provider: result.provider }),
    ...(result.providerMessageId === undefined ? {} : { providerMessageId: result.providerMessageId }),
  };
  return { topic: STATUS_TOPIC, ...encodeMessage('message.status.v1', { ...meta, attempt: result.attempt }, status) };
}
