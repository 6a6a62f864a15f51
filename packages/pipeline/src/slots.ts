/** Bounds how many of something are under way at once; those that wait are served in their order. */
export interface Slots {
  acquire(): Promise<void>;
  release(): void;
}

/** `count` is asked anew whenever one comes or goes. */
export function createSlots(count: () => number): Slots {
  let taken = 0;
  let waiting: (() => void)[] = [];
  return {
    acquire() {
      if (waiting.length === 0 && taken < count()) {
        taken += 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      taken -= 1;
      const served = waiting.slice(0, Math.max(0, count() - taken));
      waiting = waiting.slice(served.length);
      taken += served.length;
      for (const serve of served) serve();
    },
  };
}
