import { fromJson } from './json.ts';
import type { AttemptKey, AttemptRecord, ClaimEntry, ResultEntry, TakeoverEntry } from './port.ts';

/**
 * The ledger's entries as they are stored: under `message/round/attempt`, `…/result` and `…/takeover/k`, so that the
 * first insert wins, and the entries of one message or attempt are one range of ids. What the id says is not said again
 * in the body: the ledger is most of what is written.
 */
export type Entry = readonly [id: string, body: string];

/** A range of ids, without its end. */
export type Range = readonly [from: string, to: string];

// "/" is followed by "0" in the alphabet, and a number by nothing but a "/" in an id.
export const attemptRange = (key: AttemptKey): Range => [attemptId(key), `${attemptId(key)}0`];
export const messageRange = (messageId: string): Range => [`${messageId}/`, `${messageId}0`];

const attemptId = ({ messageId, round, attempt }: AttemptKey): string => `${messageId}/${round}/${attempt}`;

export function claimEntry(entry: ClaimEntry): Entry {
  const { at, org, sandbox, executionId, stage, input, times, plan } = entry;
  return [attemptId(entry), JSON.stringify({ at, org, sandbox, executionId, stage, input, times, plan })];
}

export function resultEntry(entry: ResultEntry): Entry {
  const { at, outcome, provider, providerMessageId } = entry;
  return [`${attemptId(entry)}/result`, JSON.stringify({ at, outcome, provider, providerMessageId })];
}

export function takeoverEntry(entry: TakeoverEntry): Entry {
  const { at, leaseUntil } = entry;
  return [`${attemptId(entry)}/takeover/${entry.k}`, JSON.stringify({ at, leaseUntil })];
}

/** Groups a message's entries by attempt. Ids sort as text, in which 10 comes before 2: numbers are compared here. */
export function toAttempts(messageId: string, entries: readonly Entry[]): AttemptRecord[] {
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
