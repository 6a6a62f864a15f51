import type { Message } from './message.ts';
import type { EventType } from '@herald/contracts';

/**
 * Keeps the messages of one key in series, each until all that comes of it is done, and lets the others run together.
 * `run` takes the messages that may start now; it is called once per batch, and once more for each that had to wait.
 */
export function inSeries<T extends EventType>(
  run: (batch: readonly Message<T>[]) => Promise<void>[],
): (batch: readonly Message<T>[]) => Promise<void>[] {
  const last = new Map<string, Promise<void>>();

  const remember = (key: string, done: Promise<void>): Promise<void> => {
    const tail = done.finally(() => {
      if (last.get(key) === tail) last.delete(key);
    });
    // Whoever waits in the series goes on after a failure; the failure itself is reported to the one it belongs to.
    tail.catch(() => {});
    last.set(key, tail);
    return tail;
  };

  return (batch) => {
    const free: Message<T>[] = [];
    const keys = new Set<string>();
    for (const message of batch) {
      const { key } = message.meta;
      if (last.has(key) || keys.has(key)) continue;
      keys.add(key);
      free.push(message);
    }
    const started = new Map(run(free).map((done, index) => [free[index], done] as const));
    for (const [message, done] of started) if (message) started.set(message, remember(message.meta.key, done));
    return batch.map((message) => {
      const done = started.get(message);
      if (done !== undefined) return done;
      const before = last.get(message.meta.key) ?? Promise.resolve();
      const next = async (): Promise<void> => {
        await Promise.all(run([message]));
      };
      return remember(message.meta.key, before.then(next, next));
    });
  };
}
