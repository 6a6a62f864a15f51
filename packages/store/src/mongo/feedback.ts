import { byTime, FEEDBACK_AT_ONCE, perMessage } from '../feedback.ts';
import { fromJson } from '../json.ts';
import type { FeedbackRecord, FeedbackRepository, ProviderMessage } from '../port.ts';
import { idOf } from './ids.ts';
import { driverOf, insertOnce } from './insert-once.ts';
import type { FeedbackDocument, Models, ProviderMessageDocument } from './models.ts';

export function createFeedback({ feedback, providerMessages }: Models): FeedbackRepository {
  return {
    insert: (records) => insertOnce(feedback, records.map(toDocument)),
    ofMessages: async ({ org, sandbox }, messageIds) => {
      if (messageIds.length === 0) return [];
      const found = await feedback
        .find({ message: { $in: [...new Set(messageIds)] } }, { body: 1 })
        .lean<FeedbackDocument[]>();
      const records = found.map(({ body }) => fromJson<FeedbackRecord>(body));
      // Ids of messages are unique in the installation; whose they are is the record's to say.
      return perMessage(
        messageIds,
        records.filter((record) => record.org === org && record.sandbox === sandbox),
      );
    },
    ofAddress: async (tenant, channel, to, since) => {
      const found = await feedback
        .find({ address: idOf(tenant, channel, to), at: { $gte: since } }, { body: 1 }, { sort: { at: -1 } })
        .limit(FEEDBACK_AT_ONCE)
        .lean<FeedbackDocument[]>();
      return found.map(({ body }) => fromJson<FeedbackRecord>(body)).toSorted(byTime);
    },
    name: async (entries) => {
      await insertOnce(
        providerMessages,
        entries.map((entry) => ({ _id: nameOf(entry), message: entry.messageId })),
      );
    },
    named: async (names) => {
      if (names.length === 0) return [];
      const found = await driverOf(providerMessages)
        .find<ProviderMessageDocument>({ _id: { $in: names.map(nameOf) } }, { projection: { message: 1 } })
        .toArray();
      const messages = new Map(found.map(({ _id, message }) => [_id, message]));
      return names.map((name) => messages.get(nameOf(name)));
    },
  };
}

/** Of all sandboxes: a provider knows none. */
const nameOf = ({ provider, providerMessageId }: ProviderMessage): string =>
  idOf({ org: null, sandbox: null }, provider, providerMessageId);

const toDocument = (record: FeedbackRecord): FeedbackDocument => ({
  _id: idOf(record, record.id),
  message: record.messageId,
  ...(record.to === undefined ? {} : { address: idOf(record, record.channel, record.to) }),
  at: record.at,
  body: JSON.stringify(record),
});
