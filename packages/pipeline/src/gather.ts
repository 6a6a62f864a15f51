export interface GatherOptions {
  /** Items in one run at most. */
  readonly maxItems: number;
  /** Runs under way at once; more than one only where the order of items does not matter. Default 1. */
  readonly concurrency?: number;
}

/**
 * Turns a function over batches into one over single items. An item that finds no run under way is run at once;
 * items that arrive meanwhile form the next batch. So an idle caller never waits, and batches grow with the load by
 * themselves. A run that throws rejects each of its items with that error.
 */
export function gather<In, Out>(
  run: (items: readonly In[]) => Promise<readonly Out[]>,
  options: GatherOptions,
): (item: In) => Promise<Out> {
  interface Waiting {
    readonly item: In;
    readonly resolve: (out: Out) => void;
    readonly reject: (error: unknown) => void;
  }
  const concurrency = options.concurrency ?? 1;
  let waiting: Waiting[] = [];
  let running = 0;
  let scheduled = false;

  // Starting in a microtask lets the items of one synchronous loop travel together even when nothing is under way.
  const schedule = (): void => {
    if (scheduled || running >= concurrency || waiting.length === 0) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      while (running < concurrency && waiting.length > 0) void runNext();
    });
  };

  const runNext = async (): Promise<void> => {
    const batch = waiting.length <= options.maxItems ? waiting : waiting.slice(0, options.maxItems);
    waiting = batch === waiting ? [] : waiting.slice(options.maxItems);
    running += 1;
    try {
      const outs = await run(batch.map((entry) => entry.item));
      if (outs.length !== batch.length) throw new Error(`expected ${batch.length} answers, got ${outs.length}`);
      batch.forEach((entry, index) => entry.resolve(outs[index] as Out));
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  };

  return (item) =>
    new Promise<Out>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
}
