import type { MessageView, Received } from '@herald/contracts';
import { createApi, type Api } from './api.ts';
import { ensureCampaign, filledCurl } from './campaign.ts';
import { runCurl } from './run-curl.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { showMessage, showReceived } from './show.ts';

/** A Herald that is up. */
export interface Target {
  readonly url: string;
  readonly key: string;
  readonly inbox: readonly string[];
  readonly shown?: string | undefined;
}

const FINAL = ['sent', 'failed', 'excluded', 'expired', 'dead'];
const WAIT_MS = 30_000;

export const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** Sends one scenario's message by the call that its campaign generated. Returns that call. */
async function send(api: Api, key: string, scenario: Scenario, toInbox: boolean): Promise<string> {
  const { channel, campaign } = scenario;
  const id = await ensureCampaign(api, scenario);
  const curl = await filledCurl(api, id, scenario, channel === 'push' ? await newDevice(api) : '');
  say(
    `\n--- ${channel}: "${campaign.title}" ---\n\nThe call that the campaign generated, with values filled in:\n\n${curl}\n`,
  );

  const stdout = await runCurl(curl, key);
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

/**
 * Sends every scenario's message to a Herald that is up, and waits until it has arrived. `inbox` names the channels whose
 * messages come to an inbox; `shown` is its address for people. Returns the first call. Throws an Error that says what
 * did not happen.
 */
export async function sendAll({ url, key, inbox, shown = url }: Target): Promise<string> {
  const api = createApi(url, key);
  let first: string | undefined;
  for (const scenario of SCENARIOS) {
    const toInbox = inbox.includes(scenario.channel);
    // With an account of one's own only email goes out: the others would need a real number, or a real device.
    if (!toInbox && scenario.channel !== 'email') continue;
    const curl = await send(api, key, scenario, toInbox);
    first ??= curl;
  }
  if (inbox.length > 0) say(`Inbox:   ${shown}/inbox#key=${key}`);
  say(`API:     ${shown}   (${shown}/docs, ${shown}/health/ready, ${shown}/metrics)`);
  say(`Key:     ${key}`);
  return first ?? '';
}

/** Throws an Error when it did not happen in time; `look` says what came of it, or undefined. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${WAIT_MS / 1000} s and it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
