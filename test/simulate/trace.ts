/** What happened in a run, one line per event; not kept in runs that nobody reads. */
export interface Trace {
  readonly on: boolean;
  /** To be asked for only where `on`: most runs are not read, and lines cost more than what they tell of. */
  add(who: string, what: string): void;
  lines(): readonly string[];
}

export function createTrace(on: boolean, now: () => number, start: number): Trace {
  const lines: string[] = [];
  return {
    on,
    add: (who, what) => {
      if (on) lines.push(`${((now() - start) / 1_000).toFixed(4).padStart(9)}s ${who.padEnd(9)} ${what}`);
    },
    lines: () => lines,
  };
}

/** An id as it is told in a trace: executions are counted, and that is all that their ids say. */
export const short = (id: string): string => id.replace(/^HUMA-[0-9a-f]{8}-[0-9a-f]{4}-7000-8000-0*([0-9a-f]+)/, 'x$1');
