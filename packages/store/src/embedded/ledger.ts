import type { AttemptKey, AttemptRecord, ClaimEntry, LedgerRepository, ResultEntry, TakeoverEntry } from '../port.ts';
import { fromJson, type Call } from './call.ts';

type Entry = readonly [id: string, body: string];

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
      // "/" is followed by "0" in the alphabet, and a number by nothing but a "/" in an id.
      const ranges = keys.map(attemptId).map((id) => [id, `${id}0`] as const);
      const found = await call('ledgerRead', ranges);
      return keys.map(({ messageId }, index) => toAttempts(messageId, found[index] ?? [])[0]);
    },
    messages: async (messageIds) => {
      if (messageIds.length === 0) return [];
      const found = await call(
        'ledgerRead',
        messageIds.map((id) => [`${id}/`, `${id}0`] as const),
      );
      return messageIds.map((messageId, index) => toAttempts(messageId, found[index] ?? []));
    },
  };
}

const attemptId = ({ messageId, round, attempt }: AttemptKey): string => `${messageId}/${round}/${attempt}`;

// What the id says is not said again in the body: the ledger is most of what is written.

function claimEntry(entry: ClaimEntry): Entry {
  const { at, org, sandbox, executionId, stage, input, times, plan } = entry;
  return [attemptId(entry), JSON.stringify({ at, org, sandbox, executionId, stage, input, times, plan })];
}

function resultEntry(entry: ResultEntry): Entry {
  const { at, outcome, provider, providerMessageId } = entry;
  return [`${attemptId(entry)}/result`, JSON.stringify({ at, outcome, provider, providerMessageId })];
}

function takeoverEntry(entry: TakeoverEntry): Entry {
  const { at, leaseUntil } = entry;
  return [`${attemptId(entry)}/takeover/${entry.k}`, JSON.stringify({ at, leaseUntil })];
}

/** Groups a message's entries by attempt. Ids sort as text, in which 10 comes before 2: numbers are compared here. */
function toAttempts(messageId: string, entries: readonly Entry[]): AttemptRecord[] {
  const claims: ClaimEntry[] = [];
  const results = new Map<string, ResultEntry>();
  const takeovers = new Map<string, TakeoverEntry[]>();
  for (const [id, body] of entries) {
    const [round, attempt, kind, k] = id.slice(messageId.length + 1).split('/');
    const key: AttemptKey = { messageId, round: Number(round), attempt: Number(attempt) };
    const name = attemptId(key);
    if (kind === undefined) claims.push({ ...key, ...fromJson<ClaimEntry>(body) });
    else if (kind === 'result') results.set(name, { ...key, ...fromJson<ResultEntry>(body) });
    else {
      const takeover = { ...key, ...fromJson<TakeoverEntry>(body), k: Number(k) };
      takeovers.set(name, [...(takeovers.get(name) ?? []), takeover]);
    }
  }
  return claims
    .toSorted((a, b) => a.round - b.round || a.attempt - b.attempt)
    .map((claim) => {
      const name = attemptId(claim);
      const result = results.get(name);
      return {
        claim,
        takeovers: (takeovers.get(name) ?? []).toSorted((a, b) => a.k - b.k),
        ...(result === undefined ? {} : { result }),
      };
    });
}
