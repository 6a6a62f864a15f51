import { isIP } from 'node:net';
import { hostname } from 'node:os';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `implicit`: from the first byte. `opportunistic`: STARTTLS where the server offers it. */
  readonly tls: 'implicit' | 'required' | 'opportunistic' | 'off';
  readonly rejectUnauthorized: boolean;
  readonly serverName: string | undefined;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
  /** How this client introduces itself (EHLO). */
  readonly clientName: string;
  readonly connections: number;
  /** After as many messages a connection is closed. */
  readonly maxMessages: number;
  /** Milliseconds for one message, the wait for a connection included. */
  readonly timeoutMs: number;
  /** Milliseconds for connecting, greeting, TLS and login. */
  readonly connectMs: number;
  /** Milliseconds after which an unused connection is closed. */
  readonly idleMs: number;
}

/**
 * Reads a connection URL: `smtp://user:pass@host:587?tls=required`, `smtps://host`. The options that nodemailer's URLs
 * have for the same things work too: `requireTLS`, `ignoreTLS`, `secure`, `name`, `maxConnections`, `maxMessages`,
 * `tls.rejectUnauthorized`, `tls.servername`. Throws a `TypeError` that says what is wrong, without the URL: it holds
 * the password.
 */
export function parseSmtpUrl(
  text: string,
  given: { connections?: number | undefined; timeoutMs?: number | undefined; clientName?: string | undefined } = {},
): SmtpOptions {
  const url = parse(text);
  const query = readQuery(url.searchParams);
  const implicit = query.flag('secure') ?? url.protocol === 'smtps:';
  const timeoutMs = given.timeoutMs ?? 20_000;
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  return {
    host,
    port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
    tls: implicit ? 'implicit' : tlsMode(query),
    rejectUnauthorized: query.flag('rejectUnauthorized') ?? query.flag('tls.rejectUnauthorized') ?? true,
    serverName: query.text('tls.servername') ?? (isIP(host) ? undefined : host),
    auth:
      url.username === ''
        ? undefined
        : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    clientName: clientNameOf(given.clientName ?? query.text('name')),
    connections: given.connections ?? query.count('maxConnections') ?? 20,
    maxMessages: query.count('maxMessages') ?? Number.POSITIVE_INFINITY,
    timeoutMs,
    connectMs: Math.min(10_000, timeoutMs),
    idleMs: 30_000,
  };
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    throw new TypeError('not an SMTP URL: expected smtp://user:password@host:port or smtps://…');
  }
  if (url.pathname !== '' && url.pathname !== '/') {
    throw new TypeError('an SMTP URL has no path: "/" in a password is written %2F');
  }
  return url;
}

function tlsMode(query: Query): SmtpOptions['tls'] {
  const mode = query.text('tls');
  const required = query.flag('requireTLS');
  const ignored = query.flag('ignoreTLS');
  if (mode === 'required' || mode === 'opportunistic' || mode === 'off') return mode;
  if (mode !== undefined) throw new TypeError('option tls: expected required, opportunistic or off');
  return required ? 'required' : ignored ? 'off' : 'opportunistic';
}

const KNOWN: ReadonlySet<string> = new Set([
  'tls',
  'requireTLS',
  'ignoreTLS',
  'secure',
  'name',
  'pool',
  'maxConnections',
  'maxMessages',
  'rejectUnauthorized',
  'tls.rejectUnauthorized',
  'tls.servername',
]);

interface Query {
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  count(name: string): number | undefined;
}

/** Throws for an option that does not exist: a misspelt one must not go unnoticed. */
function readQuery(parameters: URLSearchParams): Query {
  for (const name of parameters.keys()) {
    if (!KNOWN.has(name)) throw new TypeError(`option ${name.slice(0, 40)}: unknown`);
  }
  const text = (name: string): string | undefined => {
    return parameters.get(name) ?? undefined;
  };
  return {
    text,
    flag(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (value === 'true' || value === '1') return true;
      if (value === 'false' || value === '0') return false;
      throw new TypeError(`option ${name}: expected true or false`);
    },
    count(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^[1-9]\d{0,8}$/.test(value)) throw new TypeError(`option ${name}: expected a whole number from 1`);
      return Number(value);
    },
  };
}

function clientNameOf(given: string | undefined): string {
  const name = given ?? hostname();
  if (given !== undefined && !/^[\x21-\x7e]{1,255}$/.test(given)) {
    throw new TypeError('option name: expected a host name in ASCII');
  }
  // RFC 5321, 4.1.4: a client without a full name of its own gives an address.
  return given !== undefined || /^[\w-]+(?:\.[\w-]+)+$/.test(name) ? name : '[127.0.0.1]';
}
