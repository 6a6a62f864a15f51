/** Bounds how many of something are under way at once; those that wait are served in their order. */
export interface Slots {
  acquire(): Promise<void>;
  release(): void;
  /** `count` has changed by itself. */
  recount(): void;
  /** How many have one, and how many wait for one. */
  taken(): number;
  waiting(): number;
}

/** `count` is asked anew whenever one comes or goes; `onShort` is told of everyone who has to wait. */
export function createSlots(count: () => number, onShort: () => void = () => undefined): Slots {
  let taken = 0;
  let waiting: (() => void)[] = [];
  function recount(): void {
    const served = waiting.slice(0, Math.max(0, count() - taken));
    waiting = waiting.slice(served.length);
    taken += served.length;
    for (const serve of served) serve();
  }
  return {
    acquire() {
      if (waiting.length === 0 && taken < count()) {
        taken += 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
        onShort();
      });
    },
    release() {
      taken -= 1;
      recount();
    },
    recount,
    taken: () => taken,
    waiting: () => waiting.length,
  };
}
