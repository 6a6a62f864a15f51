import { buildConnector, Pool } from 'undici';

export interface PoolOptions {
  readonly connections: number;
  readonly timeoutMs: number;
  /** How a connection is opened; undici's own way with these options of TLS and TCP otherwise. */
  readonly connect?: buildConnector.connector | buildConnector.BuildOptions;
}

/**
 * An unused connection is closed after so long, or as the server says. A server that closes it in the very moment when
 * a request is written leaves its outcome unknown: short is safe.
 */
const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVE_MOST_MS = 60_000;

/** Connections to one origin, kept alive. Redirects are not followed, and nothing is sent a second time. */
export function createPool(origin: string, { connections, timeoutMs, connect = {} }: PoolOptions): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MOST_MS,
    // Whoever makes a call bounds the whole of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: typeof connect === 'function' ? connect : { timeout: timeoutMs, ...connect },
  });
}
