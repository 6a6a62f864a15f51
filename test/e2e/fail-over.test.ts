import { afterEach, describe, expect, test } from '@jest/globals';
import type { MessageView } from '@herald/contracts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { startMuteServer } from '../support/mute-server.ts';
import { providersFile } from '../support/providers.ts';
import { startHerald, type Env, type Herald } from '../support/standalone.ts';
import { until } from '../support/until.ts';

let herald: Herald;
const servers: { close(): unknown }[] = [];
afterEach(async () => {
  await herald.dispose();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const mailServer = async (options: Parameters<typeof startMailServer>[0] = {}): Promise<MailServer> => {
  const server = await startMailServer(options);
  servers.push(server);
  return server;
};
/** A port on which nobody listens, until somebody does. */
async function freePort(): Promise<number> {
  const server = await startMailServer();
  await server.close();
  return Number(new URL(server.url).port);
}
const QUICKLY: Env = {
  HERALD_CIRCUIT_FAILURES: '2',
  HERALD_CIRCUIT_OPEN_MS: '300',
  HERALD_RETRY_MS: Array.from({ length: 8 }, () => 50).join(','),
};
/** Herald with two mail servers, and a campaign that uses them in this order. */
async function startWith(first: string, second: string, env: Env = {}): Promise<string> {
  const providers = [
    { name: 'first', kind: 'smtp', url: first },
    { name: 'second', kind: 'smtp', url: second },
  ];
  herald = await startHerald({ ...QUICKLY, HERALD_PROVIDERS: providersFile(providers), ...env });
  return herald.campaign({}, { providers: ['first', 'second'] });
}
const send = async (campaignId: string): Promise<string> => (await herald.trigger(campaignId)).body.executionId;
const sent = async (campaignId: string): Promise<MessageView> => herald.finalMessage(await send(campaignId));
const calledBy = ({ timeline }: MessageView): (string | undefined)[] =>
  timeline.filter(({ step }) => step === 'claimed').map(({ provider }) => provider);

describe('a surface with two providers', () => {
  test('sends by the second while the first does not work, and by the first again when it does', async () => {
    const port = await freePort();
    const second = await mailServer();
    // Longer than a message takes where there are many processes: not each of them is the one that asks again.
    const env = { HERALD_CIRCUIT_OPEN_MS: '1500' };
    const campaignId = await startWith(`smtp://127.0.0.1:${port}`, second.url, env);

    // Each call is an attempt of its own, and the one that follows a failure is another provider's.
    const moved = await sent(campaignId);
    expect(moved).toMatchObject({ state: 'sent', attempts: 2, provider: 'second' });
    expect(calledBy(moved)).toEqual(['first', 'second']);
    // Two failures open the circuit: from then on nobody asks the first.
    const next = await sent(campaignId);
    expect(next).toMatchObject({ state: 'sent', provider: 'second' });
    // Now and then one of them is sent to see whether it works again.
    await until('the first is left alone', async () => {
      const message = await sent(campaignId);
      expect(message).toMatchObject({ state: 'sent', provider: 'second' });
      return message.attempts === 1 || undefined;
    });
    expect(await herald.metrics()).toMatch(/herald_provider_circuit\{provider="first"\} [12]/);

    const first = await mailServer({ port });
    const back = await until('the first is asked again', async () => {
      const message = await sent(campaignId);
      expect(message.state).toBe('sent');
      return message.provider === 'first' ? message : undefined;
    });
    expect(first.received).toContain(back.messageId);
    expect(await sent(campaignId)).toMatchObject({ state: 'sent', attempts: 1, provider: 'first' });
    expect(await herald.metrics()).toContain('herald_provider_circuit{provider="first"} 0');
    expect(new Set([...first.received, ...second.received]).size).toBe(first.received.length + second.received.length);
  });

  test('asks the first again where it only wants to be asked later', async () => {
    const [first, second] = [await mailServer(), await mailServer()];
    first.refuseWith = { code: 451, text: '4.7.1 greylisted' };
    const campaignId = await startWith(first.url, second.url);
    const executionId = await send(campaignId);
    await herald.finalMessage(executionId, ['retrying']);
    first.refuseWith = undefined;
    const message = await herald.finalMessage(executionId);
    expect(message).toMatchObject({ state: 'sent', provider: 'first' });
    expect(second.received).toEqual([]);
  });

  test('never asks the second for a message that the first may have taken', async () => {
    const first = await startMuteServer();
    servers.push(first);
    const second = await mailServer();
    const campaignId = await startWith(first.url, second.url);
    const executionIds = [await send(campaignId), await send(campaignId), await send(campaignId)];
    const called = (message: MessageView): string[] => [...new Set(calledBy(message))].map(String);
    const messages = await until('the first has had some', async () => {
      const found = await Promise.all(
        executionIds.map((executionId) =>
          herald.finalMessage(executionId, ['retrying', 'dead', 'accepted', 'sending']),
        ),
      );
      return first.taken() >= 4 ? found : undefined;
    });
    // The circuit is open by now: what nobody began goes to the second, the others stay where they are.
    await until('one is sent by the second', async () => {
      const { state } = await herald.finalMessage(await send(campaignId), ['sent', 'retrying', 'dead']);
      return state === 'sent' || undefined;
    });
    const atFirst = messages.filter((message) => called(message).includes('first'));
    expect(atFirst.length).toBeGreaterThan(0);
    for (const { messageId } of atFirst) expect(second.received).not.toContain(messageId);
    for (const message of atFirst) expect(called(message)).toEqual(['first']);
    const dead = await herald.finalMessage(executionIds[0] ?? '', ['dead']);
    expect(called(dead)).toEqual(['first']);
    expect(second.received).not.toContain(dead.messageId);
  });

  test('where neither works messages are held, which uses up no attempt', async () => {
    const port = await freePort();
    const campaignId = await startWith(`smtp://127.0.0.1:${port}`, 'smtp://127.0.0.1:1', {
      HERALD_RETRY_MS: '50,50,50,50',
    });
    const executionIds = await Promise.all(Array.from({ length: 5 }, () => send(campaignId)));
    await until('both circuits are open', async () => {
      const metrics = await herald.metrics();
      return ['first', 'second'].every((name) => !metrics.includes(`herald_provider_circuit{provider="${name}"} 0`));
    });
    const before = await herald.metrics();
    const later = await send(campaignId);
    const first = await mailServer({ port });
    const messages = await Promise.all([...executionIds, later].map((executionId) => herald.finalMessage(executionId)));
    expect(before).toContain('herald_provider_circuit{provider="second"}');
    expect(messages.map(({ state, provider }) => [state, provider])).toEqual(messages.map(() => ['sent', 'first']));
    expect(first.received.toSorted()).toEqual(messages.map(({ messageId }) => messageId).toSorted());
  });
});

test('a campaign says so when its surface names a provider that is not configured; it waits for one', async () => {
  const second = await mailServer();
  const campaignId = await startWith(second.url, second.url);
  const { body: surface } = await herald.call<{ id: string }>('POST', '/v1/surfaces', {
    name: 'elsewhere',
    channel: 'email',
    sender: { address: 'no-reply@herald.example' },
    providers: ['third', 'first'],
  });
  const { body: campaign } = await herald.call<{ content: object }>('GET', `/v1/campaigns/${campaignId}`);
  const { body: other } = await herald.call<{ id: string }>('POST', '/v1/campaigns', {
    title: 'Other',
    channel: 'email',
    surfaceId: surface.id,
    content: campaign.content,
  });
  const { body: validation } = await herald.call<{ valid: boolean }>('GET', `/v1/campaigns/${other.id}/validation`);
  expect(validation).toMatchObject({ valid: true });
  expect(JSON.stringify(validation)).toContain('the provider third, which is not configured here');
  await herald.call('POST', `/v1/campaigns/${other.id}/activate`);
  expect(await sent(other.id)).toMatchObject({ state: 'sent', provider: 'first' });
  expect((await herald.call('GET', '/v1/providers')).body).toMatchObject({
    items: expect.arrayContaining([
      { name: 'first', kind: 'smtp', channel: 'email' },
      { name: 'second', kind: 'smtp', channel: 'email' },
    ]),
  });
});
