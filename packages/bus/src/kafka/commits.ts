import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaObserver } from './observer.ts';
import type { Share } from './share.ts';

export interface Mark {
  readonly share: Share;
  /** The acknowledged prefix ends before it. */
  readonly next: number;
}

export interface CommitsDeps {
  readonly group: string;
  readonly everyMs: number;
  /** Writes it down under the generation to which the shares belong, or throws. */
  readonly write: (marks: readonly Mark[]) => Promise<void>;
  readonly observer: KafkaObserver;
}

export interface Commits {
  /** Written soon. */
  mark(share: Share, next: number): void;
  /** Writes at once what is marked. Resolves when it is written, or cannot be for now: it stays marked then. */
  flush(): Promise<void>;
  /** Flushes until nothing is marked, or the time is over. */
  settle(ms: number): Promise<void>;
}

const PAUSE_MS = 50;

/**
 * Writes down how far the group is, at intervals: nobody waits for it, and what a crash leaves out is handed over again.
 * A mark of a share that was taken away is dropped, never written.
 */
export function createCommits({ group, everyMs, write, observer }: CommitsDeps): Commits {
  const marked = new Map<Share, number>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    const marks = [...marked].map(([share, next]) => ({ share, next })).filter(({ share }) => share.assignment.live());
    marked.clear();
    if (marks.length === 0) return;
    const from = performance.now();
    let ok = true;
    try {
      await write(marks);
    } catch {
      // Fenced or out of reach: a share that is kept over the rebalance is written later, the others are dropped above.
      ok = false;
      for (const { share, next } of marks) if (!marked.has(share)) mark(share, next);
    }
    observer.onMetric({ kind: 'commit', group, seconds: (performance.now() - from) / 1_000, ok });
  };

  const mark = (share: Share, next: number): void => {
    marked.set(share, next);
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void flush();
    }, everyMs);
    timer.unref();
  };

  return {
    mark,
    flush,
    settle: async (ms) => {
      const deadline = performance.now() + ms;
      for (;;) {
        await flush();
        if (marked.size === 0 || performance.now() > deadline) break;
        await delay(PAUSE_MS);
      }
      clearTimeout(timer);
    },
  };
}
