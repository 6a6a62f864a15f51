import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import {
  createDevice,
  createLocalCertificate,
  readVapid,
  type Device,
  type LocalCertificate,
} from '@herald/channels/far-end';
import { pushPayloadSchema, type InboxSubscription } from '@herald/contracts';
import type { Kept } from './kept.ts';
import { answering, close, HERE, listen, type Answer, type LocalServer, type Request } from './local-server.ts';

/** What a push service takes (RFC 8030, 7.2). */
const MAX_PUSH_BYTES = 4_096;
/** The oldest of more are forgotten. */
const MAX_SUBSCRIPTIONS = 10_000;

export interface PushServer extends LocalServer {
  /** A new device, subscribed. */
  subscribe(): InboxSubscription;
  /** Newest first. */
  subscriptions(limit: number): InboxSubscription[];
}

/**
 * A real push service (RFC 8030) in TLS, with a certificate of its own where it is given none, together with the browsers
 * that are subscribed there: it opens what it receives with their keys. `publicKey` is the VAPID key that they
 * subscribe for; `now` is milliseconds since the epoch.
 */
export async function startPushServer(
  kept: Kept,
  publicKey: string,
  now: () => number,
  place = HERE,
  { key, cert }: LocalCertificate = createLocalCertificate([place.name]),
): Promise<PushServer> {
  const devices = new Map<string, Device>();
  let origin = '';

  function answer(request: Request): Answer {
    const device = devices.get(request.path);
    if (request.method !== 'POST' || device === undefined) return { status: 404 };
    const sender = readVapid(request.header('authorization') ?? '', { origin, publicKey, now: now() });
    if (!sender.ok) return { status: 403, body: sender.problem };
    const ttl = Number(request.header('ttl') ?? Number.NaN);
    if (!Number.isInteger(ttl) || ttl < 0) return { status: 400, body: 'TTL is missing' };
    if (request.header('content-encoding') !== 'aes128gcm') return { status: 415 };
    const payload = open(device, request.body);
    if (payload === undefined) return { status: 400, body: 'not sealed for this subscription, or no notification' };

    const location = `${origin}/message/${randomBytes(16).toString('base64url')}`;
    kept.add('push', { from: sender.subject, to: [`${origin}${request.path}`] }, async () => ({
      ...payload,
      providerMessageId: location,
      ttl,
      urgency: request.header('urgency') ?? 'normal',
      headers: request.headers,
    }));
    return { status: 201, headers: { location, ttl: String(ttl) } };
  }

  const server = createServer({ key, cert }, answering(MAX_PUSH_BYTES, answer));
  const port = await listen(server, place);
  origin = `https://${place.name}:${port}`;
  return {
    settings: { allowedPrivateHosts: [{ host: `${place.name}:${port}`, ca: cert }] },
    subscribe() {
      const path = `/push/${randomBytes(16).toString('base64url')}`;
      const device = createDevice();
      devices.set(path, device);
      const [oldest] = devices.keys();
      if (devices.size > MAX_SUBSCRIPTIONS && oldest !== undefined) devices.delete(oldest);
      return subscriptionOf(`${origin}${path}`, device);
    },
    subscriptions: (limit) =>
      [...devices]
        .slice(-limit)
        .toReversed()
        .map(([path, device]) => subscriptionOf(`${origin}${path}`, device)),
    close: () => close(server),
  };
}

function subscriptionOf(endpoint: string, { keys }: Device): InboxSubscription {
  const subscription = { endpoint, keys };
  return { subscription, pushInfo: { platform: 'web', token: JSON.stringify(subscription) } };
}

function open(device: Device, sealed: Buffer) {
  try {
    return pushPayloadSchema.parse(JSON.parse(device.open(sealed).toString()));
  } catch {
    return undefined;
  }
}
