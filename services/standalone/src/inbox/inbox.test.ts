import { createTwilioProvider } from '@herald/channels/twilio';
import { createWebPushProvider } from '@herald/channels/web-push';
import type { Outgoing, Provider } from '@herald/channels';
import type { InboxSubscription, SurfaceOf } from '@herald/contracts';
import { loadConfig, type Config } from '@herald/service-kit';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import webPush from 'web-push';
import { startInbox, type Inbox } from './inbox.ts';

/** The local servers refuse as the real ones do: what is wrong is to be found on one's own machine. */

const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:ops@herald.example' };
const configOf = (env: Record<string, string> = {}): Config => {
  const loaded = loadConfig(env);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config;
};
const start = (env?: Record<string, string>): Promise<Inbox | undefined> =>
  startInbox(configOf(env), vapid.publicKey, () => Date.now());

let inbox: Inbox;
const providers: Provider[] = [];
beforeEach(async () => {
  inbox = (await start()) as Inbox;
});
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close();
  await inbox.close();
});

const stored = { id: 's', name: 's', status: 'active', revision: 1, createdAt: '', modifiedAt: '' } as const;
const times = { messageId: 'HUMA-1.0', now: Date.now(), deadline: Date.now() + 60_000 };

describe('the SMS service', () => {
  function sms(text: string, over: { accountSid?: string; authToken?: string } = {}, from = 'Herald') {
    const { twilioAccountSid = '', twilioAuthToken = '', twilioUrl: url } = inbox.settings;
    const { accountSid = twilioAccountSid, authToken = twilioAuthToken } = over;
    const provider = createTwilioProvider({ name: 'twilio', accountSid, authToken, url });
    providers.push(provider as Provider);
    const surface = {
      ...stored,
      channel: 'sms' as const,
      sender: { from },
      providers: ['twilio'],
    } satisfies SurfaceOf<'sms'>;
    return provider.send({ ...times, address: '+4520123456', content: { kind: 'sms', text }, surface });
  }

  test('takes what Twilio takes, and keeps it without credentials', async () => {
    expect(await sms('x'.repeat(1_600))).toMatchObject({ kind: 'accepted' });
    const [received] = await inbox.list({ limit: 10 });
    expect(received).toMatchObject({ channel: 'sms', text: 'x'.repeat(1_600) });
    expect(received?.headers.map(({ name }) => name.toLowerCase())).not.toContain('authorization');
  });

  test.each([
    ['another token', 'a', { authToken: 'x'.repeat(32) }, 'auth-failed', '401 20003'],
    ['another account', 'a', { accountSid: `AC${'0'.repeat(32)}` }, 'auth-failed', '401 20003'],
    ['no text', '', {}, 'twilio-4xx', '400 21602'],
    ['too long a text', 'x'.repeat(1_601), {}, 'too-large', '400 21617'],
  ])('refuses %s', async (_, text, over, code, detail) => {
    expect(await sms(text, over)).toMatchObject({ code, detail });
    expect(await inbox.list({ limit: 10 })).toEqual([]);
  });
});

describe('the push service', () => {
  const content: Outgoing<'push'>['content'] = { kind: 'push', title: 'Hello', body: 'World' };
  function push({ subscription }: InboxSubscription, over: Partial<Outgoing<'push'>> = {}, keys = vapid) {
    const privateHosts = inbox.settings.allowedPrivateHosts;
    const provider = createWebPushProvider({ name: 'web-push', vapid: keys, privateHosts });
    providers.push(provider as Provider);
    const surface = {
      ...stored,
      channel: 'push' as const,
      urgency: 'high' as const,
      providers: ['web-push'],
    } satisfies SurfaceOf<'push'>;
    const to = { address: subscription.endpoint, pushKeys: subscription.keys };
    return provider.send({ ...times, ...to, content, surface, ...over });
  }
  const subscribe = (): InboxSubscription => inbox.subscribe() as InboxSubscription;

  test('takes what was sealed and signed for a subscription', async () => {
    expect(await push(subscribe())).toMatchObject({ kind: 'accepted' });
    expect(await inbox.list({ limit: 10 })).toMatchObject([{ channel: 'push', title: 'Hello', ttl: 60 }]);
  });

  test('refuses what was sealed for another device, signed with another key, or sent to nobody', async () => {
    const [one, other] = [subscribe(), subscribe()];
    expect(await push(one, { pushKeys: other.subscription.keys })).toMatchObject({ code: 'push-4xx', detail: '400' });
    const keys = { ...webPush.generateVAPIDKeys(), subject: vapid.subject };
    expect(await push(one, {}, keys)).toMatchObject({ code: 'auth-failed', detail: '403' });
    const address = `${one.subscription.endpoint}x`;
    expect(await push(one, { address })).toMatchObject({ code: 'subscription-gone', detail: '404' });
    expect(await inbox.list({ limit: 10 })).toEqual([]);
  });

  test('is trusted by its own certificate, by nobody else', async () => {
    const { subscription } = subscribe();
    const response = fetch(subscription.endpoint, { method: 'POST' });
    await expect(response).rejects.toThrow('fetch failed');
  });
});

test('what is asked for is given: a channel, an address, the newest, and no more than 500 are kept', async () => {
  const [one, other] = [inbox.subscribe(), inbox.subscribe()] as [InboxSubscription, InboxSubscription];
  const privateHosts = inbox.settings.allowedPrivateHosts;
  const provider = createWebPushProvider({ name: 'web-push', vapid, privateHosts, connections: 8 });
  providers.push(provider as Provider);
  const surface = {
    ...stored,
    channel: 'push' as const,
    urgency: 'high' as const,
    providers: ['web-push'],
  } satisfies SurfaceOf<'push'>;
  const send = (at: number, { subscription }: InboxSubscription) =>
    provider.send({
      ...times,
      messageId: String(at),
      address: subscription.endpoint,
      pushKeys: subscription.keys,
      content: { kind: 'push', title: 't', body: 'b' },
      surface,
    });
  await send(0, one);
  await Promise.all(Array.from({ length: 499 }, (_, at) => send(at + 1, other)));
  expect(await inbox.list({ limit: 10, to: one.subscription.endpoint })).toHaveLength(1);
  expect(await inbox.list({ limit: 10, channel: 'sms' })).toEqual([]);
  await send(500, other);
  expect(await inbox.list({ limit: 10, to: one.subscription.endpoint })).toEqual([]);
  const newest = await inbox.list({ limit: 2, channel: 'push' });
  expect(newest[0]).toMatchObject({ id: '501', messageId: '500' });
  expect(await inbox.get('501')).toEqual(newest[0]);
  expect(await inbox.get('1')).toBeUndefined();
  inbox.clear();
  expect(await inbox.list({ limit: 10 })).toEqual([]);
});

test('a channel with an account of one’s own, or that is not sent on here, does not come here', async () => {
  const channelsOf = async (env: Record<string, string>): Promise<unknown> => {
    const started = await start(env);
    await started?.close();
    return started?.channels;
  };
  const twilio = { HERALD_TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, HERALD_TWILIO_AUTH_TOKEN: 'x'.repeat(32) };
  const keys = { HERALD_VAPID_PUBLIC_KEY: vapid.publicKey, HERALD_VAPID_PRIVATE_KEY: vapid.privateKey };
  expect(await channelsOf({})).toEqual(['email', 'sms', 'push']);
  expect(await channelsOf({ HERALD_SMTP_URL: 'smtp://127.0.0.1:1' })).toEqual(['sms', 'push']);
  expect(await channelsOf(twilio)).toEqual(['email', 'push']);
  expect(await channelsOf(keys)).toEqual(['email', 'sms']);
  expect(await channelsOf({ HERALD_ROLES: 'render,sender-sms' })).toEqual(['sms']);
  expect(await channelsOf({ HERALD_ROLES: 'ingress,control' })).toBeUndefined();
  expect(await channelsOf({ HERALD_INBOX: 'off' })).toBeUndefined();
});
