import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '@herald/contracts';
import { v7 } from 'uuid';

/** The real surroundings: the machine's clock, ordered ids, and randomness that is no secret. */
export const systemRuntime: Runtime = {
  clock: {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
        if (!signal?.aborted) throw error;
      }),
  },
  newId: () => v7(),
  random: () => Math.random(),
};
