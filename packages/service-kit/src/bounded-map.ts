/** A map that forgets what was not asked for longest when it grows over its bounds. */
export interface BoundedMap<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  clear(): void;
}

export interface Bounds<T> {
  readonly entries: number;
  /** The most that all values may weigh together, in units of `weigh`. A single heavier one is not kept. */
  readonly weight: number;
  readonly weigh: (value: T) => number;
}

export function createBoundedMap<T>({ entries, weight, weigh }: Bounds<T>): BoundedMap<T> {
  const map = new Map<string, { readonly value: T; readonly weighs: number }>();
  let total = 0;

  const remove = (key: string): void => {
    const entry = map.get(key);
    if (entry === undefined) return;
    map.delete(key);
    total -= entry.weighs;
  };

  return {
    get(key) {
      const entry = map.get(key);
      if (entry === undefined) return undefined;
      // A map keeps the order of insertion: what is asked for moves to the end.
      map.delete(key);
      map.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      remove(key);
      const weighs = weigh(value);
      if (weighs > weight) return;
      map.set(key, { value, weighs });
      total += weighs;
      for (const oldest of map.keys()) {
        if (map.size <= entries && total <= weight) break;
        remove(oldest);
      }
    },
    clear() {
      map.clear();
      total = 0;
    },
  };
}
