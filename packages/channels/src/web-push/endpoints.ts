import type { LookupFunction } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'undici';
import { publicConnector } from '../http/addresses.ts';
import { createPool } from '../http/pool.ts';

/** A host that may be called though its address is not public. */
export interface PrivateHost {
  /** A name or an address as it stands in a URL, with or without a port: `push.internal`, `127.0.0.1:8443`. */
  readonly host: string;
  /** In place of the system's: the certificates, in PEM, that this host may show. */
  readonly ca?: string | undefined;
}

export interface Endpoint {
  readonly origin: string;
  readonly path: string;
  /** The connections to the origin, opened when they are first used. */
  readonly pool: () => Pool;
}

/** The push services that were called lately, each with connections of its own. */
export interface Endpoints {
  /** Undefined for what is no endpoint. Its address is looked at on connecting. */
  find(url: string): Endpoint | undefined;
  close(): Promise<void>;
}

export interface EndpointsOptions {
  readonly connections: number;
  readonly timeoutMs: number;
  readonly privateHosts: readonly PrivateHost[];
  /** How names are resolved; as the system does it unless told. */
  readonly lookup?: LookupFunction | undefined;
}

/** More push services than browsers have; whoever brings more makes the least used one connect anew. */
const MAX_ORIGINS = 64;

export function createEndpoints({ connections, timeoutMs, privateHosts, lookup }: EndpointsOptions): Endpoints {
  const closing = new Set<Promise<void>>();
  // What is under way on connections that are dropped comes to its end.
  const pools = new LRUCache<string, Pool>({
    max: MAX_ORIGINS,
    dispose(pool) {
      const closed = pool.close().finally(() => closing.delete(closed));
      closing.add(closed);
    },
  });

  const privateHostOf = ({ host, hostname, port }: URL): PrivateHost | undefined =>
    privateHosts.find((one) => one.host === hostname || one.host === host || one.host === `${hostname}:${port || 443}`);

  function poolOf({ origin }: URL, allowed: PrivateHost | undefined): Pool {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const connect =
      allowed === undefined
        ? publicConnector({ timeout: timeoutMs }, lookup)
        : { ...(allowed.ca === undefined ? {} : { ca: allowed.ca }), ...(lookup === undefined ? {} : { lookup }) };
    const pool = createPool(origin, { connections, timeoutMs, connect });
    pools.set(origin, pool);
    return pool;
  }

  return {
    find(text) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
      const allowed = privateHostOf(url);
      return { origin: url.origin, path: `${url.pathname}${url.search}`, pool: () => poolOf(url, allowed) };
    },
    async close() {
      pools.clear();
      await Promise.all(closing);
    },
  };
}
