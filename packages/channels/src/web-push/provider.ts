import type { LookupFunction } from 'node:net';
import webPush from 'web-push';
import { createCalls } from '../http/calls.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { failureOf, lostReply } from '../http/outcomes.ts';
import type { Outgoing, Provider, Reply } from '../port.ts';
import { createEndpoints, type PrivateHost } from './endpoints.ts';
import { WEB_PUSH_OUTCOMES } from './outcomes.ts';
import { createVapid, type VapidIdentity } from './vapid.ts';

export interface WebPushProviderOptions {
  /** The name that surfaces use. */
  readonly name: string;
  readonly vapid: VapidIdentity;
  /** Hosts that may be called though their address is not public; no others unless told. */
  readonly privateHosts?: readonly PrivateHost[] | undefined;
  /** How many messages can be under way at once, to all push services; 20 unless told. */
  readonly connections?: number | undefined;
  /** Milliseconds in which a call is answered, the wait for a connection included; 20,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** How names are resolved; as the system does it unless told. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Web Push (RFC 8030), encrypted for the subscription (RFC 8291). Endpoints come from callers: only public addresses
 * are connected to. Throws when the VAPID identity is none.
 */
export function createWebPushProvider(given: WebPushProviderOptions): Provider<'push'> {
  const { name, connections = 20, timeoutMs = 20_000, privateHosts = [], lookup } = given;
  const authorize = createVapid(given.vapid);
  const calls = createCalls({ connections, timeoutMs });
  const endpoints = createEndpoints({ connections, timeoutMs, privateHosts, lookup });
  let closing: Promise<void> | undefined;

  return {
    name,
    capacity: connections,
    serverOf: (address) => endpoints.find(address)?.origin,
    async send(outgoing) {
      const endpoint = endpoints.find(outgoing.address);
      if (endpoint === undefined) return { kind: 'permanent', code: 'endpoint-refused' };
      const { origin, path, pool } = endpoint;
      const payload = payloadOf(outgoing);
      if (payload.byteLength > MAX_PAYLOAD_BYTES) {
        return { kind: 'permanent', code: 'too-large', detail: `limit ${MAX_PAYLOAD_BYTES} bytes` };
      }
      const sealed = seal(outgoing, payload, authorize(origin, outgoing.now));
      if (sealed === undefined) return { kind: 'permanent', code: 'subscription-invalid' };
      const result = await calls.make(pool, { path, ...sealed });
      if (result.kind === 'lost') return lostReply(result);
      return failureOf(WEB_PUSH_OUTCOMES, result, outgoing.now) ?? accepted(outgoing, result);
    },
    close() {
      calls.close();
      closing ??= endpoints.close();
      return closing;
    },
  };
}

/** A push service takes 4,096 bytes (RFC 8030, 7.2); a header of 86, a tag of 16 and a delimiter are part of them. */
const MAX_PAYLOAD_BYTES = 4_096 - 86 - 17;

/** What the page's service worker is handed: the content, and an id by which it recognises a repeat. */
function payloadOf({ messageId, content: { kind: _kind, ...content } }: Outgoing<'push'>): Buffer {
  return Buffer.from(JSON.stringify({ messageId, ...content }));
}

/** The request's own part; undefined when the subscription's keys are none. */
function seal(
  { pushKeys, surface, deadline, now }: Outgoing<'push'>,
  payload: Buffer,
  authorization: string,
): { headers: Record<string, string>; body: Buffer } | undefined {
  if (pushKeys === undefined) return undefined;
  // For some endpoints the library has ways of its own; the real one is nothing that it needs.
  const subscription = { endpoint: 'https://push.invalid', keys: pushKeys };
  const options = {
    TTL: Math.max(0, Math.floor((deadline - now) / 1_000)),
    urgency: surface.urgency,
    headers: { Authorization: authorization },
  };
  try {
    const { headers, body } = webPush.generateRequestDetails(subscription, payload, options);
    const texts = Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value]);
    return body === null ? undefined : { headers: Object.fromEntries(texts), body };
  } catch {
    // No point of the curve, or a secret of another length.
    return undefined;
  }
}

const MAX_ID_LENGTH = 500;

/** The push service's name for the message where it gives one, else Herald's. */
function accepted({ messageId }: Outgoing<'push'>, { headers: { location }, status }: HttpAnswer): Reply {
  const named = typeof location === 'string' && location.length <= MAX_ID_LENGTH && /^[\x21-\x7e]+$/.test(location);
  return { kind: 'accepted', providerMessageId: named ? location : messageId, detail: String(status) };
}
