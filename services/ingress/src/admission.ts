import { CHANNELS, isOutage, LANES, type Channel, type Lane } from '@herald/contracts';
import type { ServiceDeps } from '@herald/service-kit';
import { createBacklogs } from './backlogs.ts';

/** How much work may wait before new work is refused: ingress is faster than delivery. */
export interface Admission {
  /** Why nothing more is accepted at all now; undefined: come in. */
  closed(): string | undefined;
  /** Why nothing more is accepted for that lane and channel; the others go on. */
  refusal(lane: Lane, channel: Channel): string | undefined;
  close(): void;
}

/** The limit is many seconds' work, and each look is a question to the log about every queue. */
const LOOK_EVERY_MS = 2_000;

export function createAdmission({ pipeline, config, runtime, full }: ServiceDeps): Admission {
  const closing = new AbortController();
  const waitingBehind = createBacklogs(pipeline);
  const refusals = new Map<string, string>();

  const look = async (lane: Lane): Promise<void> => {
    const waiting = await waitingBehind(lane, config.maxLag);
    for (const channel of CHANNELS) {
      const count = waiting[channel];
      const key = `${lane} ${channel}`;
      if (count <= config.maxLag) refusals.delete(key);
      else refusals.set(key, `about ${count} messages are waiting on ${key}; the limit is ${config.maxLag}`);
    }
  };

  void (async () => {
    while (!closing.signal.aborted) {
      for (const lane of LANES) {
        await look(lane).catch((error: unknown) => {
          if (!isOutage(error)) throw error;
        });
      }
      await runtime.clock.sleep(LOOK_EVERY_MS, closing.signal);
    }
  })();

  return {
    closed: full,
    refusal: (lane, channel) => refusals.get(`${lane} ${channel}`),
    close: () => closing.abort(),
  };
}
