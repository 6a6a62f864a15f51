import { setTimeout as delay } from 'node:timers/promises';
import type { Receipt } from './far-end.ts';
import type { Done } from './faults.ts';
import { residentMb, type System } from './system.ts';

/** What was seen of the system at one time. */
export interface Sample {
  readonly at: number;
  /** Records behind, summed over every group; undefined while a process does not answer. */
  readonly lag?: number;
  readonly residentMb: Readonly<Record<string, number>>;
}
export interface Watch {
  readonly samples: readonly Sample[];
  stop(): Promise<void>;
}

const EVERY_MS = 1_000;
const ANSWER_MS = 900;

export function startWatch(system: System): Watch {
  const samples: Sample[] = [];
  const over = new AbortController();
  const running = (async () => {
    while (!over.signal.aborted) {
      const lag = await lagOf(system);
      const residents = system.parts.flatMap((part) => {
        const mb = residentMb(part.pid());
        return mb === undefined ? [] : [[part.name, mb] as const];
      });
      samples.push({
        at: Date.now(),
        ...(lag === undefined ? {} : { lag }),
        residentMb: Object.fromEntries(residents),
      });
      await delay(EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    samples,
    stop() {
      over.abort();
      return running;
    },
  };
}

/** Processes that share a group each say how far it is behind: the newest is not known, so the most is taken. */
async function lagOf({ parts }: System): Promise<number | undefined> {
  const texts = await Promise.all(
    parts.map((part) =>
      fetch(`${part.url()}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
        .then((response) => response.text())
        .catch(() => undefined),
    ),
  );
  const most = new Map<string, number>();
  for (const text of texts) {
    if (text === undefined) return undefined;
    for (const [, labels = '', value] of text.matchAll(/^herald_consumer_lag\{([^}]*)\} (\d+)/gm)) {
      most.set(labels, Math.max(most.get(labels) ?? 0, Number(value)));
    }
  }
  return [...most.values()].reduce((sum, records) => sum + records, 0);
}

export interface Recovery extends Done {
  /** From the end of the fault until every channel delivered a call that was accepted after it. */
  readonly deliversAfterMs?: number;
  /** From the end of the fault until no group was far behind. */
  readonly lagGoneAfterMs?: number;
}

export interface Accepted {
  readonly ref: string;
  readonly channel: Receipt['channel'];
  readonly at: number;
}

/** A lag that is there without any fault: what is in hand, and what waits on the ladder. */
const SMALL_LAG = 60;
/** Gauges of lag are measured this often. */
const GAUGE_MS = 2_500;

/** How long it took after each fault until Herald was well again. `accepted` and `receipts` by time. */
export function recoveries(
  faults: readonly Done[],
  samples: readonly Sample[],
  accepted: readonly Accepted[],
  receipts: readonly Receipt[],
): Recovery[] {
  const arrival = new Map<string, number>();
  for (const { ref, at } of receipts) if (!arrival.has(ref)) arrival.set(ref, at);
  return faults.map((fault) => {
    const firsts = (['email', 'sms', 'push'] as const).map((channel) =>
      Math.min(
        ...accepted
          .filter((one) => one.channel === channel && one.at > fault.ended)
          .slice(0, 200)
          .map(({ ref }) => arrival.get(ref) ?? Number.POSITIVE_INFINITY),
      ),
    );
    const delivers = Math.max(...firsts) - fault.ended;
    const calm = samples.find(({ at, lag = Infinity }) => at > fault.ended + GAUGE_MS && lag <= SMALL_LAG);
    return {
      ...fault,
      ...(Number.isFinite(delivers) ? { deliversAfterMs: delivers } : {}),
      ...(calm === undefined ? {} : { lagGoneAfterMs: calm.at - fault.ended }),
    };
  });
}

export interface Memory {
  readonly firstMb: number;
  readonly lastMb: number;
  readonly mostMb: number;
}

/** Of each process over all its lives: after the first quarter, at the end (medians), and at most. */
export function memoryOf(samples: readonly Sample[]): Record<string, Memory> {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample.residentMb)));
  return Object.fromEntries(
    [...names].map((name) => {
      const all = samples.flatMap((sample) => sample.residentMb[name] ?? []);
      const quarter = Math.ceil(all.length / 4);
      return [
        name,
        {
          firstMb: median(all.slice(quarter, 2 * quarter)),
          lastMb: median(all.slice(-quarter)),
          mostMb: Math.max(...all),
        },
      ];
    }),
  );
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
