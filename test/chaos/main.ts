import { parseArgs } from 'node:util';
import { runChaos, type ChaosReport } from './chaos.ts';
import type { Mode } from './plan.ts';
import { describeReport } from './report.ts';

/** `script/chaos`: see docs/chaos.md. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    mode: { type: 'string', default: 'both' },
    rate: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
    logs: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `script/chaos [--minutes N] [--seed S] [--mode embedded|distributed|both] [--rate R] [--logs FOLDER] [--json]
  --minutes  how long calls are made, of both modes together (10)
  --seed     which faults, when, and on what; drawn and printed where it is not given
  --rate     calls per second (40)
  --logs     a folder to keep what each process of Herald prints in
  --json     the report as JSON on standard output; what happens meanwhile is on standard error`;

const MODES: Readonly<Record<string, readonly Mode[]>> = {
  embedded: ['embedded'],
  distributed: ['distributed'],
  both: ['embedded', 'distributed'],
};

const numberOf = (name: 'minutes' | 'rate' | 'seed', text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} must be a number above 0`);
  return value;
};

async function run(): Promise<number> {
  const modes = MODES[values.mode];
  if (values.help || modes === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 64;
  }
  const seed = numberOf('seed', values.seed ?? String(1 + (Date.now() % 1_000_000)));
  const forMs = (numberOf('minutes', values.minutes) * 60_000) / modes.length;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      console.error('stopping everything that was started …');
      stop.abort();
    });
  }
  const reports: ChaosReport[] = [];
  for (const mode of modes) {
    const report = await runChaos({
      mode,
      seed,
      forMs,
      perSecond: numberOf('rate', values.rate),
      signal: stop.signal,
      logs: values.logs,
      progress: (line) => console.error(line),
    });
    reports.push(report);
    if (!values.json) console.log(describeReport(report));
  }
  if (values.json) console.log(JSON.stringify(reports, undefined, 2));
  return reports.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(Error.isError(error) && error.name === 'AbortError')) throw error;
  process.exitCode = 130;
}
