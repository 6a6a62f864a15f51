import { randomFillSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '@herald/contracts';
import { v7 } from 'uuid';

/** Randomness is asked for by the page: one question per id would be a good part of what a call costs. */
const pool = new Uint8Array(4_096);
let used = pool.length;
function random16(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

let last = 0;
let sequence = 0;
/** Ids of one process ascend, also within a millisecond and when the clock goes back. */
function newId(): string {
  const now = Date.now();
  const random = random16();
  if (now > last) {
    last = now;
    // The upper half stays free to count in.
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else {
    sequence += 1;
  }
  return v7({ msecs: last, seq: sequence, random });
}

/** The real surroundings: the machine's clock, ordered ids, and randomness that is no secret. */
export const systemRuntime: Runtime = {
  clock: {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      delay(Math.max(0, ms), undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
        if (!signal?.aborted) throw error;
      }),
  },
  newId,
  random: () => Math.random(),
};
