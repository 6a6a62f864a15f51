import {
  destinationOfCall,
  destinationOfIdentity,
  encodeMessage,
  messageIdOf,
  workTopic,
  type MessageMeta,
  type UnitaryRequest,
} from '@herald/contracts';
import type { NewRecord } from '@herald/bus';
import { messageBaseOf } from '@herald/pipeline';
import type { ExecutionRecord } from '@herald/store';
import { nestAttributes } from '@herald/templates';

/**
 * One record per accepted recipient, made from what is stored of the execution, so that a call that is published twice gives
 * the same messages twice. Recipients without a profile skip the profile stage.
 */
export function messagesOf(execution: ExecutionRecord, request: UnitaryRequest): NewRecord[] {
  const { executionId, channel, lane, acceptedAt, deadline } = execution;
  const base = messageBaseOf(execution);
  const rejected = new Set(execution.rejected?.map(({ recipientIndex }) => recipientIndex));
  const accepted = request.recipients.filter((_, index) => !rejected.has(index));
  return accepted.map((recipient, index) => {
    const meta: MessageMeta = {
      messageId: messageIdOf(executionId, index),
      round: 1,
      attempt: 1,
      deadline,
      org: execution.org,
      sandbox: execution.sandbox,
      key: execution.recipients[index] as string,
      rung: 0,
    };
    if (recipient.type === 'aep') {
      const body = { ...base, recipient };
      return { topic: workTopic(lane, channel, 'requested'), ...encodeMessage('execution.requested.v1', meta, body) };
    }
    const { namespace, userId } = recipient;
    const destination =
      destinationOfCall(channel, recipient) ?? destinationOfIdentity(channel, { namespace, value: userId });
    const body = {
      ...base,
      times: { ...base.times, resolved: acceptedAt },
      ...destination,
      profile: nestAttributes(recipient.profile ?? {}),
      context: recipient.context ?? {},
    };
    return { topic: workTopic(lane, channel, 'resolved'), ...encodeMessage('message.resolved.v1', meta, body) };
  });
}
