import type { FeedbackRecord, FeedbackRepository } from '../port.ts';
import { byTime, FEEDBACK_AT_ONCE, perMessage } from '../feedback.ts';
import { fromJson, type Call } from './call.ts';

export function createFeedback(call: Call): FeedbackRepository {
  return {
    insert: async (records) => {
      if (records.length === 0) return [];
      return call(
        'feedbackInsert',
        records.map((record) => {
          const { org, sandbox, id, messageId, channel, to = null, at } = record;
          return [org, sandbox, id, messageId, channel, to, at, JSON.stringify(record)];
        }),
      );
    },
    ofMessages: async ({ org, sandbox }, messageIds) => {
      if (messageIds.length === 0) return [];
      const bodies = await call('feedbackOfMessages', { org, sandbox, messageIds: [...new Set(messageIds)] });
      return perMessage(messageIds, bodies.map(fromJson<FeedbackRecord>));
    },
    ofAddress: async ({ org, sandbox }, channel, to, since) => {
      const bodies = await call('feedbackOfAddress', [org, sandbox, channel, to, since, FEEDBACK_AT_ONCE]);
      return bodies.map(fromJson<FeedbackRecord>).toSorted(byTime);
    },
    name: async (entries) => {
      if (entries.length === 0) return;
      await call(
        'providerMessagesInsert',
        entries.map(({ provider, providerMessageId, messageId }) => [provider, providerMessageId, messageId]),
      );
    },
    named: async (names) => {
      if (names.length === 0) return [];
      return call(
        'providerMessagesFind',
        names.map(({ provider, providerMessageId }) => [provider, providerMessageId]),
      );
    },
  };
}
