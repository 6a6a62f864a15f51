import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createApi, type Api } from './api.ts';
import { ensureCampaign, filledCurl } from './campaign.ts';
import { showMail, showMessage, type Mail, type Message } from './show.ts';

const RECIPIENT = 'ada@example.com';
/** Made elsewhere: a query string that must arrive byte for byte, with `&`, `=`, `%2F` and letters outside ASCII. */
const RESET_URL = 'https://accounts.example/reset?token=a%2Fb%2Bc==&user=ada&name=Ærøskøbing&next=%2Fhome%3Ftab%3D1';
const FINAL = ['sent', 'failed', 'excluded', 'expired', 'dead'];
const WAIT_MS = 30_000;

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** The standalone process, as anybody would start it; it tells where it listens. */
async function startHerald(
  env: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; url: string; key: string; inbox: boolean }> {
  const child = fork(new URL('../main.ts', import.meta.url), [], { env });
  const told = once(child, 'message');
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`herald ended with code ${code} before it was up`);
  });
  const [message] = (await Promise.race([told, exited])) as [{ url: string; adminKey: string; inbox: boolean }];
  exited.catch(() => {});
  return { child, url: message.url, key: message.adminKey, inbox: message.inbox };
}

async function sendFirst(api: Api, url: string, key: string, inbox: boolean): Promise<string> {
  const { id, made } = await ensureCampaign(api);
  say(`\n${made ? 'Created and activated' : 'Found'} the campaign "Password reset" (${id}).`);
  const curl = await filledCurl(api, id, RECIPIENT, RESET_URL);
  say(`\nThe call that the campaign generated, with a recipient and a reset URL filled in:\n\n${curl}\n`);

  const { stdout } = await promisify(execFile)('sh', ['-c', curl], { env: { ...process.env, HERALD_KEY: key } });
  const { executionId } = JSON.parse(stdout) as { executionId?: string };
  if (executionId === undefined) throw new Error(`the call was not accepted: ${stdout}`);
  say(`Accepted: ${stdout}`);

  const message = await until('the message is final', async () => {
    const { body } = await api.call('GET', `/v1/messages?executionId=${executionId}`);
    const [first] = body['items'] as unknown as Message[];
    return first !== undefined && FINAL.includes(first.state) ? first : undefined;
  });
  if (message.state !== 'sent') throw new Error(`the message ended as ${message.state}: ${message.reason}`);

  if (inbox) {
    const mail = await until('the mail is in the inbox', async () => {
      const { body } = await api.call('GET', '/v1/inbox');
      return (body['items'] as unknown as Mail[]).find(({ messageId }) => messageId.startsWith(message.messageId));
    });
    showMail(mail, say);
    if (!mail.text.includes(RESET_URL)) throw new Error('the reset URL did not arrive as it was sent');
  }
  showMessage(message, say);
  say(`Inbox:   ${inbox ? `${url}/inbox#key=${key}` : 'at your own mail server (HERALD_SMTP_URL)'}`);
  say(`API:     ${url}   (${url}/docs, ${url}/health/ready, ${url}/metrics)`);
  say(`Key:     ${key}`);
  return curl;
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
    const curl = await sendFirst(createApi(url, key), url, key, inbox);
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
