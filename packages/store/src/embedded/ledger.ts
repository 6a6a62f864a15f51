import {
  attemptRange,
  claimEntry,
  messageRange,
  resultEntry,
  takeoverEntry,
  toAttempts,
  type Entry,
} from '../entries.ts';
import type { LedgerRepository } from '../port.ts';
import { roundBody, roundId, roundsOf, toRound } from '../rounds.ts';
import type { Call } from './call.ts';

export function createLedger(call: Call): LedgerRepository {
  const insert = async (entries: readonly Entry[]): Promise<boolean[]> => {
    if (entries.length === 0) return [];
    return (await call('ledgerInsert', entries)).map((inserted) => inserted === 1);
  };
  return {
    claim: (entries) => insert(entries.map(claimEntry)),
    settle: (entries) => insert(entries.map(resultEntry)),
    takeOver: (entries) => insert(entries.map(takeoverEntry)),
    attempts: async (keys) => {
      if (keys.length === 0) return [];
      const found = await call('ledgerRead', keys.map(attemptRange));
      return keys.map(({ messageId }, index) => toAttempts(messageId, found[index] ?? [])[0]);
    },
    openRounds: async (entries) => {
      if (entries.length === 0) return [];
      const rows = entries.map((entry) => [roundId(entry), entry.deadline, roundBody(entry)] as const);
      return (await call('roundsInsert', rows)).map((inserted) => inserted === 1);
    },
    rounds: async (messageIds) => {
      if (messageIds.length === 0) return [];
      const found = await call('roundsRead', [...new Set(messageIds)].map(messageRange));
      return roundsOf(
        messageIds,
        found.map(([id, body]) => toRound(id, body)),
      );
    },
    overdueRounds: async ({ after, before, limit }) => {
      const from =
        after === undefined ? ([Number.MIN_SAFE_INTEGER, ''] as const) : ([after.deadline, roundId(after)] as const);
      return (await call('roundsOverdue', [...from, before, limit])).map(([id, body]) => toRound(id, body));
    },
    messages: async (messageIds) => {
      if (messageIds.length === 0) return [];
      const found = await call('ledgerRead', messageIds.map(messageRange));
      return messageIds.map((messageId, index) => toAttempts(messageId, found[index] ?? []));
    },
  };
}
