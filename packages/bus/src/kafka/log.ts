import { logLevel, type LogEntry } from 'kafkajs';
import type { KafkaLogLine } from './observer.ts';

/** One line of a kind in so long. */
const QUIET_MS = 30_000;
const MAX_KINDS = 200;

/** Said at every rebalance, or told by the bus itself in better words. */
const NOISE =
  /rebalanc|re-joining|has joined the group|Limiting retries|^Restarting the consumer|^Response |given up|^Crash: /i;

export interface LogFilter {
  /** What kafkajs says; lines of one kind are told at most every 30 seconds. */
  entry(entry: LogEntry): void;
  line(line: Omit<KafkaLogLine, 'suppressed'>): void;
}

/** An outage makes kafkajs say the same thing hundreds of times a minute; an operator needs it once, and how often. */
export function createLogFilter(onLog: (line: KafkaLogLine) => void, now: () => number): LogFilter {
  const kinds = new Map<string, { at: number; suppressed: number }>();

  const line = (said: Omit<KafkaLogLine, 'suppressed'>): void => {
    // What differs from line to line is mostly a number: a port, an id, a count.
    const kind = said.message.replaceAll(/\d+/g, '#');
    const known = kinds.get(kind);
    if (known !== undefined && now() - known.at < QUIET_MS) {
      known.suppressed += 1;
      return;
    }
    if (known === undefined && kinds.size >= MAX_KINDS) kinds.clear();
    kinds.set(kind, { at: now(), suppressed: 0 });
    onLog({ ...said, suppressed: known?.suppressed ?? 0 });
  };

  return {
    line,
    entry: ({ level, log }) => {
      if (NOISE.test(log.message)) return;
      const text = (name: string): string | undefined => (typeof log[name] === 'string' ? log[name] : undefined);
      const topic = text('topic');
      const group = text('groupId');
      const broker = text('broker');
      const partition: unknown = log['partition'];
      line({
        level: level === logLevel.ERROR ? 'error' : 'warn',
        message: `kafkajs: ${log.message}`,
        ...(topic === undefined ? {} : { topic }),
        ...(typeof partition === 'number' ? { partition } : {}),
        ...(group === undefined ? {} : { group }),
        ...(broker === undefined ? {} : { broker }),
      });
    },
  };
}
