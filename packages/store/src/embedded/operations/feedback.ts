import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export type FeedbackRow = readonly [
  org: string,
  sandbox: string,
  id: string,
  messageId: string,
  channel: string,
  address: string | null,
  at: number,
  body: string,
];
type Range = { readonly from: string; readonly to: string; readonly limit: number };

export function feedbackOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    `INSERT INTO feedback (org, sandbox, id, message_id, channel, address, at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const ofMessage = prepare<[body: string]>(
    db,
    'SELECT body FROM feedback INDEXED BY feedback_by_message WHERE message_id = ? AND org = ? AND sandbox = ?',
  );
  const ofAddress = prepare<[body: string]>(
    db,
    `SELECT body FROM feedback INDEXED BY feedback_by_address
     WHERE org = ? AND sandbox = ? AND channel = ? AND address = ? AND at >= ? ORDER BY at DESC LIMIT ?`,
  );
  const name = prepare(
    db,
    'INSERT INTO provider_messages (provider, provider_message_id, message_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const named = prepare<[messageId: string]>(
    db,
    'SELECT message_id FROM provider_messages WHERE provider = ? AND provider_message_id = ?',
  );
  const removeNames = prepare(
    db,
    `DELETE FROM provider_messages WHERE (provider, provider_message_id) IN (
       SELECT provider, provider_message_id FROM provider_messages WHERE message_id >= ? AND message_id < ? LIMIT ?)`,
  );
  const remove = prepare(
    db,
    `DELETE FROM feedback WHERE (org, sandbox, id) IN (
       SELECT org, sandbox, id FROM feedback WHERE message_id >= ? AND message_id < ? LIMIT ?)`,
  );
  return {
    feedbackInsert: (rows: readonly FeedbackRow[]): boolean[] => rows.map((row) => insert.run(...row) === 1),
    feedbackOfMessages: (of: {
      readonly org: string;
      readonly sandbox: string;
      readonly messageIds: readonly string[];
    }): string[] =>
      of.messageIds.flatMap((messageId) => ofMessage.all(messageId, of.org, of.sandbox).map(([body]) => body)),
    feedbackOfAddress: (
      of: readonly [org: string, sandbox: string, channel: string, address: string, since: number, limit: number],
    ): string[] => ofAddress.all(...of).map(([body]) => body),
    /** Returns how many were deleted. */
    feedbackPrune: ({ from, to, limit }: Range): number => remove.run(from, to, limit),
    providerMessagesInsert: (
      rows: readonly (readonly [provider: string, providerMessageId: string, messageId: string])[],
    ): void => {
      for (const row of rows) name.run(...row);
    },
    providerMessagesFind: (
      rows: readonly (readonly [provider: string, providerMessageId: string])[],
    ): (string | undefined)[] => rows.map((row) => named.get(...row)?.[0]),
    /** Returns how many were deleted. */
    providerMessagesPrune: ({ from, to, limit }: Range): number => removeNames.run(from, to, limit),
  };
}
