import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { MessageView, Received } from '@herald/contracts';
import { createApi, type Api } from './api.ts';
import { ensureCampaign, filledCurl } from './campaign.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { showMessage, showReceived } from './show.ts';

const FINAL = ['sent', 'failed', 'excluded', 'expired', 'dead'];
const WAIT_MS = 30_000;

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const say = (text = ''): void => void process.stdout.write(`${text}\n`);

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

/** Sends one scenario's message by the call that its campaign generated. Returns that call. */
async function send(api: Api, key: string, scenario: Scenario, toInbox: boolean): Promise<string> {
  const { channel, campaign } = scenario;
  const id = await ensureCampaign(api, scenario);
  const curl = await filledCurl(api, id, scenario, channel === 'push' ? await newDevice(api) : '');
  say(
    `\n--- ${channel}: "${campaign.title}" ---\n\nThe call that the campaign generated, with values filled in:\n\n${curl}\n`,
  );

  const { stdout } = await promisify(execFile)('sh', ['-c', curl], { env: { ...process.env, HERALD_KEY: key } });
  const { executionId } = JSON.parse(stdout) as { executionId?: string };
  if (executionId === undefined) throw new Error(`the call was not accepted: ${stdout}`);
  say(`Accepted: ${stdout}\n`);

  const message = await until('the message is final', async () => {
    const { body } = await api.call('GET', `/v1/messages?executionId=${executionId}`);
    const [first] = body['items'] as unknown as MessageView[];
    return first !== undefined && FINAL.includes(first.state) ? first : undefined;
  });
  if (message.state !== 'sent') throw new Error(`the message ended as ${message.state}: ${message.reason}`);

  if (toInbox) {
    const received = await until('the message is in the inbox', async () => {
      const { body } = await api.call('GET', `/v1/inbox?channel=${channel}`);
      return (body['items'] as unknown as Received[]).find((one) => isReceipt(one, message));
    });
    showReceived(received, say);
    if (!JSON.stringify(received).includes(scenario.arrives))
      throw new Error('the values did not arrive as they were sent');
  }
  showMessage(message, say);
  return curl;
}

/** A device whose pushes come to the inbox; its subscription as the call takes it. */
async function newDevice(api: Api): Promise<string> {
  const { body } = await api.call('POST', '/v1/inbox/push-subscriptions');
  return (body as unknown as { pushInfo: { token: string } }).pushInfo.token;
}

const isReceipt = (received: Received, { messageId, providerMessageId }: MessageView): boolean =>
  received.channel === 'email'
    ? received.messageId.startsWith(messageId)
    : received.providerMessageId === providerMessageId;

async function sendAll(api: Api, url: string, key: string, inbox: readonly string[]): Promise<string> {
  let first: string | undefined;
  for (const scenario of SCENARIOS) {
    const toInbox = inbox.includes(scenario.channel);
    // With an account of one's own only email goes out: the others would need a real number, or a real device.
    if (!toInbox && scenario.channel !== 'email') continue;
    const curl = await send(api, key, scenario, toInbox);
    first ??= curl;
  }
  say(`Inbox:   ${url}/inbox#key=${key}`);
  say(`API:     ${url}   (${url}/docs, ${url}/health/ready, ${url}/metrics)`);
  say(`Key:     ${key}`);
  return first ?? '';
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${WAIT_MS / 1000} s and it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
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
    const curl = await sendAll(createApi(url, key), url, key, inbox);
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
