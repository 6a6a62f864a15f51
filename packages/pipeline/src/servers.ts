import type { Clock } from '@herald/contracts';

/**
 * Shares a provider's connections out among the servers that its recipients name, so that one that hangs, whoever named
 * it, does not keep the messages for all others waiting.
 */
export interface Servers {
  /** Undefined: so many messages are with this server, or with others of its kind, that this one is to wait. */
  enter(server: string): Visit | undefined;
}

/** One message's stay with a server, from before it waits for a connection. */
export interface Visit {
  /** Whether it would still be let in: what waited for a connection may find that the server has become slow since. */
  good(): boolean;
  /** The call begins; what it returns is told when it is over. */
  call(): () => void;
  leave(): void;
}

/** An answer that takes longer is late. */
const LATE_MS = 1_000;
/** What one answer counts in the average; a server is slow while more than this part of its answers is late. */
const WEIGHT = 0.1;
const SLOW = 0.5;
/** Parts of the capacity: of one server that is slow, and of all that are slow or were never heard of. */
const ONE = 1 / 4;
const ALL = 1 / 2;
/** So many are remembered; more than browsers have push services. */
const MAX_KNOWN = 256;

interface Server {
  inside: number;
  /** In [0, 1], how much of what it was asked lately was answered late, or never; undefined before the first. */
  late: number | undefined;
  /** When each call that is under way began, the oldest first. */
  readonly calls: Set<{ readonly from: number }>;
}

export function createServers(capacity: number, clock: Clock): Servers {
  const known = new Map<string, Server>();
  const most = (part: number): number => Math.max(1, Math.floor(capacity * part));

  function isSlow({ late = 0, calls }: Server): boolean {
    if (late > SLOW) return true;
    // One that stopped answering has its share before the first of these calls is over.
    let overdue = 0;
    for (const { from } of calls) {
      if (clock.now() - from <= LATE_MS) break;
      overdue += 1;
    }
    return overdue >= most(ONE);
  }
  const isQuick = (server: Server): boolean => server.late !== undefined && !isSlow(server);

  /** Whether there is room for `more` messages to it. */
  function hasRoom(server: Server, more: 0 | 1): boolean {
    if (isQuick(server)) return true;
    const slow = isSlow(server);
    if (slow && server.inside + more > most(ONE)) return false;
    const all = [...known.values()];
    // Where nobody is known to be quick nobody is kept waiting by those that were never heard of.
    if (!slow && !all.some(isQuick)) return true;
    const inside = all.reduce((sum, one) => (isQuick(one) ? sum : sum + one.inside), 0);
    return inside + more <= most(ALL);
  }

  function find(name: string): Server {
    const server = known.get(name) ?? { inside: 0, late: undefined, calls: new Set() };
    // The latest last: those that nobody asked for longest are forgotten first.
    known.delete(name);
    known.set(name, server);
    for (const [other, { inside }] of known) {
      if (known.size <= MAX_KNOWN) break;
      if (inside === 0 && other !== name) known.delete(other);
    }
    return server;
  }

  return {
    enter(name) {
      const server = find(name);
      if (!hasRoom(server, 1)) return undefined;
      server.inside += 1;
      return {
        good: () => hasRoom(server, 0),
        call() {
          const call = { from: clock.now() };
          server.calls.add(call);
          return () => {
            server.calls.delete(call);
            const late = clock.now() - call.from > LATE_MS ? 1 : 0;
            server.late = server.late === undefined ? late : server.late + (late - server.late) * WEIGHT;
          };
        },
        leave() {
          server.inside -= 1;
        },
      };
    },
  };
}
