import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { say, sendAll } from './send.ts';

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });

/** The standalone process, as anybody would start it; it tells where it listens. */
async function startHerald(
  env: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; url: string; key: string; inbox: readonly string[] }> {
  const child = fork(new URL('../main.ts', import.meta.url), [], { env });
  const told = once(child, 'message');
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`herald ended with code ${code} before it was up`);
  });
  const [message] = (await Promise.race([told, exited])) as [
    { url: string; adminKey: string; inbox: readonly string[] },
  ];
  exited.catch(() => {});
  return { child, url: message.url, key: message.adminKey, inbox: message.inbox };
}

/** 8080 where it is free and nothing else was asked for. */
async function choosePort(): Promise<string> {
  if (process.env['HERALD_PORT'] !== undefined) return process.env['HERALD_PORT'];
  if (values.once) return '0';
  const probe = createServer();
  probe.listen(8080, '127.0.0.1');
  const free = await Promise.race([once(probe, 'listening').then(() => true), once(probe, 'error').then(() => false)]);
  probe.close();
  return free ? '8080' : '0';
}

async function main(): Promise<void> {
  const ownData =
    process.env['HERALD_DATA'] === undefined && values.once ? mkdtempSync(join(tmpdir(), 'herald-demo-')) : undefined;
  const env: NodeJS.ProcessEnv = {
    HERALD_LOG_LEVEL: 'warn',
    ...process.env,
    HERALD_PORT: await choosePort(),
    ...(ownData === undefined ? {} : { HERALD_DATA: ownData }),
  };
  say('Starting Herald: every role in one process, on the embedded bus and store ...');
  const { child, url, key, inbox } = await startHerald(env);
  const ended = once(child, 'exit');
  const stop = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const curl = await sendAll({ url, key, inbox });
    if (values.once) return;
    const again = curl.replace(/"requestId": ?"[^"]*"/, () => `"requestId":"'"$(date +%s%N)"'"`);
    say(`\nSend it again (Ctrl-C stops Herald):\n\nexport HERALD_KEY=${key}\n${again}\n`);
    const [code] = await ended;
    if (code !== 0) throw new Error(`herald ended with code ${code}`);
  } finally {
    stop();
    await ended;
    if (ownData !== undefined) rmSync(ownData, { recursive: true, force: true });
  }
}

try {
  await main();
  if (values.once) say('\nThe demo worked.');
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
