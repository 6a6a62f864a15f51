import type {
  AttemptKey,
  AttemptRecord,
  ClaimEntry,
  LedgerRepository,
  ResultEntry,
  TakeoverEntry,
} from '@herald/store';
import type { History } from './history.ts';
import type { Host, Taken } from './host.ts';
import { short, type Trace } from './trace.ts';

/** An attempt as it is stored, with who inserted what, and when. */
export interface StoredAttempt {
  readonly claim: ClaimEntry;
  readonly claimedBy: Host;
  readonly claimedAt: number;
  readonly takeovers: { readonly entry: TakeoverEntry; readonly by: Host; readonly at: number }[];
  result?: ResultEntry;
  resultAt?: number;
}

/** The ledger itself, which outlives every process: entries are inserted once, and never change. */
export interface SimulatedLedger {
  /** By round and attempt. */
  of(messageId: string): readonly StoredAttempt[];
  messageIds(): Iterable<string>;
  port(host: Host): LedgerRepository;
}

export function createSimulatedLedger(now: () => number, history: History, trace: Trace): SimulatedLedger {
  const messages = new Map<string, StoredAttempt[]>();

  const find = ({ messageId, round, attempt }: AttemptKey): StoredAttempt | undefined =>
    messages.get(messageId)?.find(({ claim }) => claim.round === round && claim.attempt === attempt);
  const told = (entries: readonly AttemptKey[]): string =>
    trace.on ? entries.map(({ messageId, round, attempt }) => `${short(messageId)}/${round}/${attempt}`).join(' ') : '';

  function claim(entry: ClaimEntry, host: Host): boolean {
    if (find(entry) !== undefined) return false;
    const attempts = messages.get(entry.messageId) ?? [];
    messages.set(entry.messageId, attempts);
    const before = attempts.find(
      (one) => one.claim.round === entry.round && one.claim.attempt === entry.attempt - 1,
    )?.result;
    if (entry.attempt > 1 && before?.outcome.kind !== 'retry') {
      history.violation('ledger', `attempt ${entry.attempt} is claimed without a retry before it`, entry.messageId);
    }
    attempts.push({ claim: entry, claimedBy: host, claimedAt: now(), takeovers: [] });
    attempts.sort((a, b) => a.claim.round - b.claim.round || a.claim.attempt - b.claim.attempt);
    return true;
  }

  function settle(entry: ResultEntry): boolean {
    const attempt = find(entry);
    if (attempt === undefined) {
      history.violation('ledger', 'a result without a claim', entry.messageId);
      return false;
    }
    if (attempt.result !== undefined) return false;
    attempt.result = entry;
    attempt.resultAt = now();
    return true;
  }

  function takeOver(entry: TakeoverEntry, host: Host): boolean {
    const attempt = find(entry);
    if (attempt === undefined || attempt.takeovers.some(({ entry: { k } }) => k === entry.k)) return false;
    attempt.takeovers.push({ entry, by: host, at: now() });
    return true;
  }

  const recordOf = ({ claim, takeovers, result }: StoredAttempt): AttemptRecord => ({
    claim,
    takeovers: takeovers.map(({ entry }) => entry),
    ...(result === undefined ? {} : { result }),
  });

  return {
    of: (messageId) => messages.get(messageId) ?? [],
    messageIds: () => messages.keys(),
    port(host) {
      const insert = <E extends AttemptKey>(
        what: string,
        entries: readonly E[],
        one: (entry: E) => boolean,
      ): Promise<boolean[]> =>
        host.call('store', `${what} ${told(entries)}`, (taken: Taken) =>
          entries.map((entry, index) => taken(index) && one(entry)),
        );
      return {
        claim: (entries) => insert('claims', entries, (entry) => claim(entry, host)),
        settle: (entries) =>
          insert(
            `settles ${trace.on ? entries.map(({ outcome }) => (outcome.kind === 'retry' ? 'retry' : outcome.state)).join(' ') : ''}`,
            entries,
            settle,
          ),
        takeOver: (entries) => insert('takes over', entries, (entry) => takeOver(entry, host)),
        attempts: (keys) =>
          host.call('store', `reads ${told(keys)}`, () =>
            keys.map((key) => {
              const found = find(key);
              return found && recordOf(found);
            }),
          ),
        messages: (ids) =>
          host.call('store', `reads ${ids.map(short).join(' ')}`, () =>
            ids.map((id) => (messages.get(id) ?? []).map(recordOf)),
          ),
        openRounds: () => Promise.reject(new Error('nobody replays in the simulation')),
        rounds: (ids) => host.call('store', 'reads rounds', () => ids.map(() => [])),
        overdueRounds: () => host.call('store', 'looks for overdue rounds', () => []),
      };
    },
  };
}
