import { SmtpFailure } from './failure.ts';
import type { SmtpOptions } from './options.ts';
import { statusOf, type SmtpReply } from './replies.ts';
import { openWire, type Wire } from './wire.ts';

/** What a server said it can do, after TLS and before login. */
export interface Capabilities {
  readonly pipelining: boolean;
  readonly eightBitMime: boolean;
  readonly startTls: boolean;
  /** Upper case; undefined when the server offers no login. */
  readonly auth: readonly string[] | undefined;
  /** The SIZE parameter is understood; bytes, or Infinity when no limit was named. */
  readonly size: number | undefined;
}

export interface Session {
  readonly wire: Wire;
  readonly capabilities: Capabilities;
}

/** The server is fine, but wants another client: it does not pipeline, or logs in by a mechanism not spoken here. */
export class Unsuitable extends Error {
  override readonly name = 'Unsuitable';
}

/** Connects, greets, secures and logs in. Rejects with an `SmtpFailure`, or `Unsuitable`. */
export async function openSession(options: SmtpOptions): Promise<Session> {
  const timeout = AbortSignal.timeout(options.connectMs);
  const wire = await openWire(options, timeout);
  const expire = (): void => wire.destroy('connection-timeout');
  timeout.addEventListener('abort', expire, { once: true });
  try {
    const greeting = await next(wire);
    if (greeting.code >= 400) throw new SmtpFailure('transient', 'server-refused', statusOf(greeting));
    let capabilities = await hello(wire, options);
    if (options.tls === 'required' || (options.tls === 'opportunistic' && capabilities.startTls)) {
      await startTls(wire, options, capabilities);
      capabilities = await hello(wire, options);
    }
    if (!capabilities.pipelining) throw new Unsuitable();
    // A server that offers no login takes this client as it is: the same as nodemailer's reading of such a URL.
    if (options.auth && capabilities.auth) await login(wire, options.auth, capabilities.auth);
    wire.listener = undefined;
    return { wire, capabilities };
  } catch (error) {
    wire.destroy('connection-lost');
    throw error;
  } finally {
    timeout.removeEventListener('abort', expire);
  }
}

/** The next reply; commands are sent by `command`. */
function next(wire: Wire): Promise<SmtpReply> {
  return new Promise((resolve, reject) => {
    if (!wire.alive) {
      reject(new SmtpFailure('transient', 'connection-lost'));
      return;
    }
    let done = false;
    wire.listener = {
      onReply(reply) {
        // Between two commands nothing may come: an early reply would be taken for the answer to what follows.
        if (done) {
          wire.destroy('protocol');
          return;
        }
        done = true;
        resolve(reply);
      },
      onLost: (code) => reject(new SmtpFailure('transient', code)),
    };
  });
}

function command(wire: Wire, line: string): Promise<SmtpReply> {
  const reply = next(wire);
  wire.write(`${line}\r\n`);
  return reply;
}

async function hello(wire: Wire, options: SmtpOptions): Promise<Capabilities> {
  const reply = await command(wire, `EHLO ${options.clientName}`);
  if (reply.code === 421) throw new SmtpFailure('transient', 'smtp-4xx', statusOf(reply));
  // Such a server knows HELO only, and therefore no pipelining.
  if (reply.code !== 250) throw new Unsuitable();
  return capabilitiesOf(reply);
}

export function capabilitiesOf(reply: SmtpReply): Capabilities {
  const offered = new Map<string, string[]>();
  for (const line of reply.lines.slice(1)) {
    // `AUTH=LOGIN` is how old servers write `AUTH LOGIN`.
    const [name = '', ...parameters] = line
      .trim()
      .toUpperCase()
      .replace(/^AUTH=/, 'AUTH ')
      .split(/\s+/);
    offered.set(name, [...(offered.get(name) ?? []), ...parameters]);
  }
  const size = offered.get('SIZE');
  return {
    pipelining: offered.has('PIPELINING'),
    eightBitMime: offered.has('8BITMIME'),
    startTls: offered.has('STARTTLS'),
    auth: offered.get('AUTH'),
    size: size && (Number(size[0] ?? 0) || Number.POSITIVE_INFINITY),
  };
}

async function startTls(wire: Wire, options: SmtpOptions, { startTls: offered }: Capabilities): Promise<void> {
  if (!offered) throw new SmtpFailure('transient', 'tls', 'STARTTLS is not offered');
  const reply = await command(wire, 'STARTTLS');
  if (reply.code !== 220) throw new SmtpFailure('transient', 'tls', statusOf(reply));
  await wire.upgrade(options);
}

async function login(wire: Wire, auth: { user: string; pass: string }, mechanisms: readonly string[]): Promise<void> {
  const { user, pass } = auth;
  let reply: SmtpReply;
  if (mechanisms.includes('PLAIN')) {
    reply = await command(wire, `AUTH PLAIN ${base64(`\0${user}\0${pass}`)}`);
  } else if (mechanisms.includes('LOGIN')) {
    reply = await command(wire, 'AUTH LOGIN');
    if (reply.code === 334) reply = await command(wire, base64(user));
    if (reply.code === 334) reply = await command(wire, base64(pass));
  } else {
    throw new Unsuitable();
  }
  if (reply.code !== 235) throw new SmtpFailure('transient', 'auth-failed', statusOf(reply));
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
