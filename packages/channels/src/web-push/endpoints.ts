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
  /** It is one of the hosts whose address need not be public. */
  readonly isPrivateHost: boolean;
  /** The connections to the origin, opened when they are first used. */
  readonly pool: () => Pool;
}

/** The push services that were called lately, each with connections of its own. */
export interface Endpoints {
  /** Undefined for what is no endpoint. Its address is looked at on connecting. */
  find(url: string): Endpoint | undefined;
  close(): Promise<void>;
  /** Closes without waiting for what is under way. */
  abandon(): Promise<void>;
}

export interface EndpointsOptions {
  readonly connections: number;
  readonly timeoutMs: number;
  readonly privateHosts: readonly PrivateHost[];
  /** How names are resolved; as the system does it unless told. */
  readonly lookup?: LookupFunction | undefined;
  /** How many origins have connections at once; whoever brings more makes the least used one connect anew. */
  readonly origins?: number;
  /** Private hosts may be called without TLS. */
  readonly plainToPrivateHosts?: boolean;
}

/** More push services than browsers have. */
const MAX_ORIGINS = 64;

export function createEndpoints(options: EndpointsOptions): Endpoints {
  const { connections, timeoutMs, privateHosts, lookup, origins = MAX_ORIGINS, plainToPrivateHosts = false } = options;
  const closing = new Set<Promise<void>>();
  // What is under way on connections that are dropped comes to its end.
  const pools = new LRUCache<string, Pool>({
    max: origins,
    dispose(pool) {
      const closed = pool.close().finally(() => closing.delete(closed));
      closing.add(closed);
    },
  });

  const privateHostOf = ({ host, hostname, port, protocol }: URL): PrivateHost | undefined => {
    const numbered = `${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`;
    return privateHosts.find((one) => one.host === hostname || one.host === host || one.host === numbered);
  };

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
      if (url === undefined || url.username !== '' || url.password !== '') return undefined;
      const allowed = privateHostOf(url);
      const plain = url.protocol === 'http:' && plainToPrivateHosts && allowed !== undefined;
      if (url.protocol !== 'https:' && !plain) return undefined;
      const path = `${url.pathname}${url.search}`;
      return { origin: url.origin, path, isPrivateHost: allowed !== undefined, pool: () => poolOf(url, allowed) };
    },
    async close() {
      pools.clear();
      await Promise.all(closing);
    },
    async abandon() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
      await Promise.all(closing);
    },
  };
}
