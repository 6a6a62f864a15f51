import type { Channel, InboxSubscription } from '@herald/contracts';
import { isDistributed, type Config } from '@herald/service-kit';
import { createKept, type Kept } from './kept.ts';
import type { LocalServer } from './local-server.ts';
import type { PushServer } from './push.ts';

/**
 * Stands in for the providers that are not configured, on first runs and in test suites: real servers on free local
 * ports. What it shows came over their protocols and nowhere else.
 */
export interface Inbox extends Omit<Kept, 'add'> {
  /** Whose messages come here. */
  readonly channels: readonly Channel[];
  /** What makes the providers of those channels send here, together with what is configured. */
  readonly settings: Partial<Config>;
  /** A push subscription whose messages come here; undefined where pushes do not. */
  subscribe(): InboxSubscription | undefined;
  /** Newest first. */
  subscriptions(limit: number): InboxSubscription[];
  close(): Promise<void>;
}

/**
 * The channels that this process sends on without an account of one's own. A subscription says by itself where its
 * pushes go: whoever has keys of their own has subscribers, too.
 */
const channelsOf = (config: Config): Channel[] => {
  const { inbox, roles, smtpUrl, twilioAccountSid, vapidPrivateKey } = config;
  const channels: Channel[] = [];
  // Among many processes nobody would find the one that has a message.
  if (inbox === 'off' || (inbox === 'auto' && isDistributed(config))) return channels;
  if (roles.includes('sender-email') && smtpUrl === undefined) channels.push('email');
  if (roles.includes('sender-sms') && twilioAccountSid === undefined) channels.push('sms');
  if (roles.includes('sender-push') && vapidPrivateKey === undefined) channels.push('push');
  return channels;
};

/** Loads and starts what is needed; undefined where nothing is. `vapidPublicKey` is that of the pushes that will be sent. */
export async function startInbox(
  config: Config,
  vapidPublicKey: string | undefined,
  now: () => number,
): Promise<Inbox | undefined> {
  const channels = channelsOf(config);
  if (channels.length === 0) return undefined;
  const kept = createKept(now);
  const servers: LocalServer[] = [];
  let push: PushServer | undefined;
  if (channels.includes('email')) servers.push(await (await import('./mail.ts')).startMailServer(kept));
  if (channels.includes('sms')) servers.push(await (await import('./sms.ts')).startSmsServer(kept));
  if (channels.includes('push') && vapidPublicKey !== undefined) {
    push = await (await import('./push.ts')).startPushServer(kept, vapidPublicKey, now);
    servers.push(push);
  }
  const settings: Partial<Config> = Object.assign({}, ...servers.map((server) => server.settings));
  const { allowedPrivateHosts: own = [] } = settings;
  return {
    ...kept,
    channels,
    settings: { ...settings, allowedPrivateHosts: [...(config.allowedPrivateHosts ?? []), ...own] },
    subscribe: () => push?.subscribe(),
    subscriptions: (limit) => push?.subscriptions(limit) ?? [],
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
