import type { Clock } from '@herald/contracts';

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitSettings {
  /** So many failures open it, where they are at least half of the latest replies. */
  readonly failures: number;
  /** Milliseconds that it stays open before a single call is let through to see. */
  readonly openMs: number;
}

/** Leave to call a provider once. */
export interface Pass {
  /** Whether it is still good: what waited with it may find that the circuit has opened since. */
  good(): boolean;
  /** What the call came to: true where the provider works, whatever it said of the message. */
  report(works: boolean): void;
  /** There was no call, or it was reported. */
  leave(): void;
}

/**
 * Keeps messages from a provider that fails. Closed: everybody passes. Open: nobody does, for a while. Half open: one at
 * a time does; when the provider works for it the circuit closes, otherwise it opens again.
 */
export interface Circuit {
  state(): CircuitState;
  /** Undefined: not now. */
  enter(): Pass | undefined;
}

/** So many of the latest replies are looked at, none of them older than that. */
const LATEST = 20;
const OLDEST_MS = 60_000;

export function createCircuit(clock: Clock, { failures, openMs }: CircuitSettings): Circuit {
  let latest: { readonly at: number; readonly works: boolean }[] = [];
  let openUntil: number | undefined;
  let probe: Pass | undefined;
  let closed = closedPass();

  const state = (): CircuitState => {
    if (openUntil === undefined) return 'closed';
    const leftMs = openUntil - clock.now();
    // More than there was from the beginning: the clock was set back.
    return leftMs > 0 && leftMs <= openMs ? 'open' : 'half-open';
  };

  function open(): void {
    openUntil = clock.now() + openMs;
    probe = undefined;
  }

  function record(works: boolean): void {
    const now = clock.now();
    latest = [...latest.filter(({ at }) => now - at <= OLDEST_MS), { at: now, works }].slice(-LATEST);
    const failed = latest.filter((reply) => !reply.works).length;
    if (failed >= failures && failed * 2 >= latest.length) open();
  }

  /** One for all, until the circuit opens: what calls from before say of the provider after that is old. */
  function closedPass(): Pass {
    const pass: Pass = {
      good: () => openUntil === undefined && pass === closed,
      report(works) {
        // Where nothing ever fails nothing is kept.
        if (pass.good() && !(works && latest.length === 0)) record(works);
      },
      leave: () => undefined,
    };
    return pass;
  }

  function probing(): Pass {
    const pass: Pass = {
      good: () => pass === probe,
      report(works) {
        if (pass !== probe) return;
        if (!works) return open();
        latest = [];
        openUntil = probe = undefined;
        closed = closedPass();
      },
      leave() {
        if (pass === probe) probe = undefined;
      },
    };
    return pass;
  }

  return {
    state,
    enter() {
      const now = state();
      if (now === 'closed') return closed;
      if (now === 'open' || probe !== undefined) return undefined;
      return (probe = probing());
    },
  };
}
