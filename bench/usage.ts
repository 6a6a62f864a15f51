import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds of a process so far, in all and by thread name, and its resident memory. Linux only. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly threads: ReadonlyMap<string, number>;
  readonly residentMb: number;
}

const TICKS_PER_SECOND = 100;

const cpuOf = (stat: string): { name: string; seconds: number } => {
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  return {
    name: stat.slice(stat.indexOf('(') + 1, close),
    seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
};

export function usageOf(pid: number): Usage {
  const threads = new Map<string, number>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const { name, seconds } = cpuOf(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
    const label = task === String(pid) ? 'main' : name;
    threads.set(label, (threads.get(label) ?? 0) + seconds);
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: cpuOf(readFileSync(`/proc/${pid}/stat`, 'utf8')).seconds,
    threads,
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024,
  };
}

/** What was used between two readings, in microseconds of CPU per message. */
export function perMessage(before: Usage, after: Usage, messages: number): string {
  const micros = (seconds: number): number => Math.round((seconds * 1e6) / Math.max(1, messages));
  const threads = [...after.threads]
    .map(([name, seconds]) => [name, micros(seconds - (before.threads.get(name) ?? 0))] as const)
    .filter(([, us]) => us > 0)
    .map(([name, us]) => `${name} ${us}`)
    .join(', ');
  return `${micros(after.cpuSeconds - before.cpuSeconds)} us (${threads})`;
}
