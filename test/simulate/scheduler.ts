interface Event {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time. Nothing happens between two events, and events of one moment happen in the order of their planning. */
export interface Scheduler {
  /** Milliseconds since the epoch, with fractions: the true time, which no process knows. */
  now(): number;
  at(time: number, run: () => void): void;
  after(ms: number, run: () => void): void;
  /** To be called by an event that let code of Herald run: what it awaits goes on before the next event. */
  touched(): void;
  /** Runs events until `over`, or until there is none before `limit`; then it returns false. */
  run(over: () => boolean, limit: number): Promise<boolean>;
}

export function createScheduler(start: number): Scheduler {
  const heap: Event[] = [];
  let now = start;
  let order = 0;
  let dirty = false;

  const at = (time: number, run: () => void): void => {
    order += 1;
    push(heap, { time: Math.max(time, now), order, run });
  };

  return {
    now: () => now,
    at,
    after: (ms, run) => at(now + ms, run),
    touched: () => {
      dirty = true;
    },
    async run(over, limit) {
      await settled();
      while (!over()) {
        const event = pop(heap);
        if (event === undefined || event.time > limit) return false;
        now = event.time;
        event.run();
        if (dirty) {
          dirty = false;
          await settled();
        }
      }
      return true;
    },
  };
}

/** Resolves when every promise that could go on has gone on: the queue of microtasks is empty before an immediate runs. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const earlier = (a: Event, b: Event): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!earlier(event, heap[parent] as Event)) break;
    heap[at] = heap[parent] as Event;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && earlier(heap[child + 1] as Event, heap[child] as Event)) child += 1;
    if (!earlier(heap[child] as Event, last)) break;
    heap[at] = heap[child] as Event;
    at = child;
  }
  heap[at] = last;
  return first;
}
