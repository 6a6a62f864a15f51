import type {
  AttemptKey,
  AttemptRecord,
  ClaimEntry,
  LedgerRepository,
  ResultEntry,
  TakeoverEntry,
} from '@herald/store';

/** A ledger in memory, for tests that need thousands of them: what is inserted first stays. */
export function createMemoryLedger(): { readonly port: LedgerRepository; of(messageId: string): AttemptRecord[] } {
  const claims = new Map<string, ClaimEntry>();
  const results = new Map<string, ResultEntry>();
  const takeovers = new Map<string, TakeoverEntry[]>();
  const idOf = ({ messageId, round, attempt }: AttemptKey): string => `${messageId}/${round}/${attempt}`;

  const once = <E>(map: Map<string, E>, id: string, entry: E): boolean => {
    if (map.has(id)) return false;
    map.set(id, entry);
    return true;
  };
  const read = (key: AttemptKey): AttemptRecord | undefined => {
    const id = idOf(key);
    const claim = claims.get(id);
    const result = results.get(id);
    return claim && { claim, takeovers: [...(takeovers.get(id) ?? [])], ...(result === undefined ? {} : { result }) };
  };
  const of = (messageId: string): AttemptRecord[] =>
    [...claims.values()]
      .filter((claim) => claim.messageId === messageId)
      .toSorted((a, b) => a.round - b.round || a.attempt - b.attempt)
      .map((claim) => read(claim) as AttemptRecord);

  return {
    of,
    port: {
      claim: async (entries) => entries.map((entry) => once(claims, idOf(entry), entry)),
      settle: async (entries) => entries.map((entry) => once(results, idOf(entry), entry)),
      takeOver: async (entries) =>
        entries.map((entry) => {
          const there = takeovers.get(idOf(entry)) ?? [];
          if (there.some(({ k }) => k === entry.k)) return false;
          takeovers.set(idOf(entry), [...there, entry]);
          return true;
        }),
      attempts: async (keys) => keys.map(read),
      messages: async (ids) => ids.map(of),
      openRounds: () => Promise.reject(new Error('nobody replays here')),
      rounds: async (ids) => ids.map(() => []),
      overdueRounds: async () => [],
    },
  };
}
