import type { Bus } from '@herald/bus';
import { isOutage, type Clock } from '@herald/contracts';
import type { Patience } from './patience.ts';

/** A loop or a pump, as far as it can be watched. */
export interface Watched {
  readonly group: string;
  readonly topics: readonly string[];
  done(): number;
  inHand(): number;
}

export interface Watch {
  /** Resolves when a consumer has work and made no progress for `stallMs` outside an outage: the process must end. */
  readonly stalled: Promise<Error>;
  close(): void;
}

export interface WatchOptions {
  readonly stallMs: number;
  readonly everyMs: number;
  /** True: no other process has members in these groups, so all that waits is this one's to do. */
  readonly alone: boolean;
  /** Told of every consumer's lag, in records. */
  readonly onLag: (group: string, topic: string, records: number) => void;
}

export interface WatchDeps {
  readonly bus: Pick<Bus, 'lag'>;
  readonly runtime: { readonly clock: Clock };
  readonly patience: Pick<Patience, 'waiting'>;
}

/** Measures lag and notices consumers that do nothing about it. */
export function watch({ bus, runtime, patience }: WatchDeps, all: readonly Watched[], options: WatchOptions): Watch {
  const { promise: stalled, resolve } = Promise.withResolvers<Error>();
  const closing = new AbortController();
  const start = runtime.clock.now();
  const moved = new Map(all.map((one) => [one, { done: one.done(), at: start, lookedAt: start }]));

  const look = async (one: Watched): Promise<void> => {
    let lag = 0;
    for (const [topic, records] of await bus.lag(one.group, one.topics)) {
      lag += records;
      options.onLag(one.group, topic, records);
    }
    const now = runtime.clock.now();
    const done = one.done();
    const last = moved.get(one);
    // Where others share the work, what waits may be theirs: only what this process was handed counts.
    const hasWork = options.alone ? lag > 0 : one.inHand() > 0;
    // Nobody looked in between: the clock was set, or the process stood still.
    const isBlind = last === undefined || now < last.lookedAt || now - last.lookedAt > options.stallMs / 2;
    const at = !hasWork || patience.waiting || isBlind || last.done !== done ? now : last.at;
    moved.set(one, { done, at, lookedAt: now });
    if (now - at > options.stallMs) {
      const records = options.alone ? lag : one.inHand();
      resolve(new Error(`${one.group} has ${records} records to do and did none for ${options.stallMs} ms`));
    }
  };

  void (async () => {
    while (!closing.signal.aborted) {
      for (const one of all) {
        await look(one).catch((error: unknown) => {
          if (!isOutage(error)) throw error;
          moved.delete(one);
        });
      }
      await runtime.clock.sleep(options.everyMs, closing.signal);
    }
  })().catch((error: unknown) => resolve(error instanceof Error ? error : new Error(String(error))));

  return { stalled, close: () => closing.abort() };
}
