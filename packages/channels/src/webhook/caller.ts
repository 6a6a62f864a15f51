import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../http/addresses.ts';
import { createCalls } from '../http/calls.ts';
import type { HttpCode } from '../http/codes.ts';
import { retryAfterMs } from '../http/outcomes.ts';
import { createEndpoints, type PrivateHost } from '../web-push/endpoints.ts';

export type { PrivateHost } from '../web-push/endpoints.ts';

/** What came of a post. The body of an answer is read in bounds and kept by nobody. */
export type WebhookAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'lost'; readonly code: HttpCode };

export interface WebhookCaller {
  /** Whether this may be a webhook's URL. The addresses of a name are looked at on connecting, each time. */
  accepts(url: string): boolean;
  /** Posts once: redirects are not followed, nothing is sent a second time. Settles in time and never rejects. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string, now: number): Promise<WebhookAnswer>;
  /** Ends what is under way as `connection-lost`: whoever has time waits for it before. */
  close(): Promise<void>;
}

export interface WebhookCallerOptions {
  /** Milliseconds in which a post is answered, the connection included. */
  readonly timeoutMs: number;
  /** Hosts that may be called though their address is not public, and without TLS; no others. */
  readonly privateHosts: readonly PrivateHost[];
  /** How names are resolved; as the system does it unless told. */
  readonly lookup?: LookupFunction | undefined;
}

/** To one host. Whoever calls bounds what one webhook has under way: a hosting service has those of many. */
const CONNECTIONS = 256;
/** To all: more than whoever calls has in hand, so that none waits for another one's endpoint. */
const CALLS = 2_000;
const ORIGINS = 1_000;

export function createWebhookCaller({ timeoutMs, privateHosts, lookup }: WebhookCallerOptions): WebhookCaller {
  const calls = createCalls({ connections: CALLS, timeoutMs });
  const endpoints = createEndpoints({
    connections: CONNECTIONS,
    timeoutMs,
    privateHosts,
    lookup,
    origins: ORIGINS,
    plainToPrivateHosts: true,
  });

  return {
    accepts(text) {
      const endpoint = endpoints.find(text);
      return endpoint !== undefined && (endpoint.isPrivateHost || mayBePublic(new URL(text).hostname));
    },
    async post(url, headers, body, now) {
      const endpoint = endpoints.find(url);
      if (endpoint === undefined) return { kind: 'lost', code: 'endpoint-refused' };
      const { path, pool } = endpoint;
      const result = await calls.make(pool, { path, headers, body: Buffer.from(body) });
      if (result.kind === 'lost') return { kind: 'lost', code: result.code };
      const after = retryAfterMs(result.headers['retry-after'], now);
      return { kind: 'answer', status: result.status, ...(after === undefined ? {} : { retryAfterMs: after }) };
    },
    async close() {
      calls.close();
      await endpoints.abandon();
    },
  };
}

/** What a name stands for is not known yet; what is an address already is. */
function mayBePublic(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) return isPublicAddress(host);
  return !/(?:^|\.)localhost\.?$/.test(host);
}
