import { parseArgs } from 'node:util';
import { simulate, type SimulationResult } from './simulate.ts';

/** `script/simulate`: many seeds, one line each that failed; or one seed with its trace. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    messages: { type: 'string', default: '200' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `script/simulate [--seeds N] [--from S]   runs N seeds, the first of them S (200 from 1)
script/simulate --seed S                 runs one seed again, and prints its trace
                [--messages M]           messages per seed (200); a failure is repeated with the same number`;

function number(name: 'seeds' | 'from' | 'seed' | 'messages'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
  return value;
}

function describe({ seed, violations, plan }: SimulationResult): string {
  const shown = violations.slice(0, 5).map(({ promise, what, messageId = '' }) => `  ${promise}: ${what} ${messageId}`);
  const more = violations.length > shown.length ? [`  and ${violations.length - shown.length} more`] : [];
  return [`seed ${seed} broke a promise (${plan.kinds.join(' ')})`, ...shown, ...more].join('\n');
}

async function one(seed: number): Promise<boolean> {
  const result = await simulate(seed, { messages: number('messages'), traced: true });
  const { trace, plan, violations, accepted, states, doubled, calls, virtualMs } = result;
  console.log(JSON.stringify(plan, undefined, 2));
  for (const line of trace) console.log(line);
  console.log(
    `${accepted} accepted, ${JSON.stringify(states)}, ${calls} calls, ${doubled} doubled inside the window, ${Math.round(virtualMs / 1_000)} s of virtual time`,
  );
  if (violations.length > 0) console.log(describe(result));
  return violations.length === 0;
}

async function many(seeds: number, from: number): Promise<boolean> {
  const messages = number('messages');
  const began = performance.now();
  const sum = { accepted: 0, calls: 0, doubled: 0, virtualMs: 0 };
  let failed = 0;
  for (let seed = from; seed < from + seeds; seed += 1) {
    current = seed;
    const result = await simulate(seed, { messages });
    sum.accepted += result.accepted;
    sum.calls += result.calls;
    sum.doubled += result.doubled;
    sum.virtualMs += result.virtualMs;
    if (result.violations.length === 0) continue;
    failed += 1;
    console.log(describe(result));
    console.log(
      `  again, with its trace: script/simulate --seed ${seed}${messages === 200 ? '' : ` --messages ${messages}`}`,
    );
  }
  const seconds = (performance.now() - began) / 1_000;
  console.log(
    `${seeds} seeds of ${messages} messages in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(1)} seeds/s, ` +
      `${(sum.virtualMs / 3_600_000).toFixed(1)} h of virtual time): ${sum.accepted} accepted, ${sum.calls} calls, ` +
      `${sum.doubled} doubled inside the window, ${failed} failed`,
  );
  return failed === 0;
}

let current: number | undefined;
process.on('unhandledRejection', (error) => {
  console.log(`seed ${current ?? values.seed}: a promise was rejected and nobody looked`, error);
  process.exit(1);
});

if (values.help) console.log(USAGE);
else {
  const ok = values.seed === undefined ? await many(number('seeds'), number('from')) : await one(number('seed'));
  process.exitCode = ok ? 0 : 1;
}
