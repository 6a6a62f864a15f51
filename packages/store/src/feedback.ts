import type { FeedbackRecord } from './port.ts';

/** How much of one address is read at most. */
export const FEEDBACK_AT_ONCE = 1_000;

/** The same order on every store: by time, and by id what was said at once. */
export const byTime = (a: FeedbackRecord, b: FeedbackRecord): number => a.at - b.at || (a.id < b.id ? -1 : 1);

/** What was found, for each of the messages that were asked for. */
export function perMessage(messageIds: readonly string[], found: readonly FeedbackRecord[]): FeedbackRecord[][] {
  const byMessage = Map.groupBy(found, ({ messageId }) => messageId);
  return messageIds.map((messageId) => (byMessage.get(messageId) ?? []).toSorted(byTime));
}
