import type { Clock } from '@herald/contracts';

/** Why a delivery has to wait elsewhere, and how long in milliseconds. */
export interface Held {
  readonly why: 'resting' | 'full';
  readonly waitMs: number;
}

/** Each webhook has a lane of its own, so that an endpoint that hangs or fails is in nobody's way. */
export interface Lanes {
  /** Runs `job` in the webhook's lane and resolves when it is over, or says that it has to wait elsewhere. */
  run(webhookId: string, job: () => Promise<void>): Promise<Held | undefined>;
  /** An attempt went through, in that many milliseconds. */
  succeeded(webhookId: string, ms: number): void;
  /** An attempt failed; `retryAfterMs`: the endpoint wants to rest so long. */
  failed(webhookId: string, retryAfterMs?: number): void;
  /** Sends away what waits in a lane. */
  close(): void;
}

/** Attempts under way at one webhook. */
const CONCURRENCY = 8;
/** What may wait in the lane of a webhook that was not seen working yet, and of one that was: the consumer is shared by all. */
const UNPROVEN_QUEUE = 32;
const QUEUE = 64;
/** An endpoint that takes longer has no queue, so that it does not fill the consumer that all share. */
const SLOW_MS = 1_000;
/** So many failures in a row, and it rests. */
const FAILURES = 3;
/** The longest that an endpoint gets which asks for it; its delivery waits as long as it was told. */
const LONGEST_ASKED_MS = 3_600_000;
const FULL_WAIT_MS = 1_000;

interface Waiting {
  readonly begin: () => void;
  readonly sendAway: (held: Held) => void;
}
interface Lane {
  active: number;
  queue: Waiting[];
  proven: boolean;
  slow: boolean;
  failures: number;
  restUntil: number;
}

/** How long an endpoint rests that begins to fail, and at most: it doubles while that goes on. Milliseconds. */
export interface Rests {
  readonly firstMs: number;
  readonly longestMs: number;
}

export function createLanes(clock: Clock, { firstMs, longestMs }: Rests): Lanes {
  const lanes = new Map<string, Lane>();

  function laneOf(id: string): Lane {
    let lane = lanes.get(id);
    if (lane === undefined) {
      lane = { active: 0, queue: [], proven: false, slow: false, failures: 0, restUntil: 0 };
      lanes.set(id, lane);
    }
    return lane;
  }

  /** After a rest one attempt shows whether it is over. */
  const placesIn = (lane: Lane): number => (lane.failures >= FAILURES ? 1 : CONCURRENCY);

  const queueOf = (lane: Lane): number =>
    lane.slow || lane.failures >= FAILURES ? 0 : lane.proven ? QUEUE : UNPROVEN_QUEUE;

  /** More than the longest one: the clock was set back, and it is over. */
  const restOf = (lane: Lane): number => {
    const restMs = lane.restUntil - clock.now();
    return restMs > Math.max(longestMs, LONGEST_ASKED_MS) ? 0 : restMs;
  };

  function held(lane: Lane): Held {
    const restMs = restOf(lane);
    return restMs > 0 ? { why: 'resting', waitMs: restMs } : { why: 'full', waitMs: FULL_WAIT_MS };
  }

  function advance(lane: Lane): void {
    while (lane.queue.length > 0 && lane.active < placesIn(lane) && restOf(lane) <= 0) {
      lane.active += 1;
      lane.queue.shift()?.begin();
    }
    for (const waiting of lane.queue.splice(queueOf(lane))) waiting.sendAway(held(lane));
  }

  async function perform(id: string, lane: Lane, job: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    void clock.sleep(SLOW_MS, over.signal).then(() => {
      if (over.signal.aborted) return;
      lane.slow = true;
      advance(lane);
    });
    try {
      await job();
    } finally {
      over.abort();
      lane.active -= 1;
      advance(lane);
      if (lane.active === 0 && lane.queue.length === 0 && lane.failures === 0 && !lane.slow) lanes.delete(id);
    }
  }

  return {
    async run(id, job) {
      const lane = laneOf(id);
      if (restOf(lane) > 0) return held(lane);
      if (lane.active >= placesIn(lane)) {
        if (lane.queue.length >= queueOf(lane)) return held(lane);
        const turn = await new Promise<Held | undefined>((resolve) => {
          lane.queue.push({ begin: () => resolve(undefined), sendAway: resolve });
        });
        if (turn !== undefined) return turn;
      } else lane.active += 1;
      await perform(id, lane, job);
      return undefined;
    },
    succeeded(id, ms) {
      const lane = laneOf(id);
      lane.failures = 0;
      lane.restUntil = 0;
      lane.proven = true;
      lane.slow = ms > SLOW_MS;
    },
    failed(id, retryAfterMs = 0) {
      const lane = laneOf(id);
      lane.failures += 1;
      const over = lane.failures - FAILURES;
      const restMs = over < 0 ? 0 : Math.min(firstMs * 2 ** Math.min(over, 20), longestMs);
      lane.restUntil = clock.now() + Math.max(restMs, Math.min(retryAfterMs, LONGEST_ASKED_MS));
    },
    close() {
      for (const lane of lanes.values()) {
        for (const waiting of lane.queue.splice(0)) waiting.sendAway({ why: 'full', waitMs: FULL_WAIT_MS });
      }
    },
  };
}
