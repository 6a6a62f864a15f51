import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

/** Runs a process that stops as `stop` says, sends it the signals one after the other, and tells how it ended. */
async function endOf(stop: string, signals: readonly NodeJS.Signals[], deadlineMs = 20_000): Promise<Ended> {
  const script = `
    import { onShutdownSignal } from ${JSON.stringify(new URL('./shutdown.ts', import.meta.url).href)};
    const log = { info: () => console.log('stopping'), warn() {}, error() {} };
    setInterval(() => {}, 1000);
    onShutdownSignal(${stop}, { deadlineMs: ${deadlineMs}, log });
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  let waiting = [...signals];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    // Each signal only when the one before was seen.
    const seen = out.split('\n').length - 1;
    for (; signals.length - waiting.length < seen && waiting.length > 0; waiting = waiting.slice(1))
      child.kill(waiting[0]);
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, out };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s stops in an orderly way and ends with 0', async (signal) => {
  const stop = `async () => { await new Promise((r) => setTimeout(r, 50)); console.log('stopped'); }`;
  expect(await endOf(stop, [signal])).toEqual({ code: 0, out: 'ready\nstopping\nstopped\n' });
});

test('a second signal ends at once', async () => {
  expect((await endOf('() => new Promise(() => {})', ['SIGTERM', 'SIGINT'])).code).toBe(1);
});

test('a stop that takes too long is cut off', async () => {
  expect((await endOf('() => new Promise(() => {})', ['SIGTERM'], 50)).code).toBe(1);
});

test('a stop that fails ends with 1', async () => {
  expect((await endOf(`async () => { throw new Error('no') }`, ['SIGTERM'])).code).toBe(1);
});
