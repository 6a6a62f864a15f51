import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SmtpFailure, type SmtpCode } from './failure.ts';
import type { SmtpOptions } from './options.ts';
import { createReplyParser, type SmtpReply } from './replies.ts';

/** Whoever is in dialogue with the server. */
export interface Listener {
  onReply(reply: SmtpReply): void;
  /** The connection is gone; nothing more comes. */
  onLost(code: SmtpCode): void;
}

/** A socket that speaks SMTP replies to one listener at a time. */
export interface Wire {
  /** Replies without a listener end the connection: all that a server says unasked is goodbye. */
  listener: Listener | undefined;
  /** Called once, after the listener was told. */
  onEnd: (() => void) | undefined;
  readonly alive: boolean;
  /** Bytes as latin1 characters. `onHandedOver`: the kernel has the last of them. */
  write(data: string, onHandedOver?: () => void): void;
  /** Goes on over TLS. */
  upgrade(options: SmtpOptions): Promise<void>;
  destroy(code: SmtpCode): void;
}

/** Opens a socket, TLS from the first byte where the options say so. Rejects with an `SmtpFailure`. */
export async function openWire(options: SmtpOptions, signal: AbortSignal): Promise<Wire> {
  const { host, port } = options;
  const socket =
    options.tls === 'implicit' ? connectTls({ host, port, ...tlsOptions(options) }) : connectPlain({ host, port });
  await ready(socket, options.tls === 'implicit' ? 'secureConnect' : 'connect', signal);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  return createWire(socket, signal);
}

function tlsOptions({ serverName, rejectUnauthorized }: SmtpOptions) {
  return { rejectUnauthorized, ...(serverName === undefined ? {} : { servername: serverName }) };
}

function ready(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (failure?: SmtpFailure): void => {
      socket.removeListener(event, onReady);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (!failure) {
        resolve();
        return;
      }
      // A late error of a socket that is given up is no news.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(failure);
    };
    const onReady = (): void => settle();
    const onError = (error: NodeJS.ErrnoException): void => settle(connectFailure(error, event));
    const onClose = (): void => settle(new SmtpFailure('transient', 'connection-lost'));
    const onAbort = (): void => settle(new SmtpFailure('transient', 'connection-timeout'));
    socket.once(event, onReady);
    socket.once('error', onError);
    socket.once('close', onClose);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

const NETWORK: Readonly<Record<string, SmtpCode>> = {
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  ETIMEDOUT: 'connection-timeout',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  EHOSTUNREACH: 'connection-failed',
  ENETUNREACH: 'connection-failed',
  EACCES: 'connection-failed',
  EADDRNOTAVAIL: 'connection-failed',
  EMFILE: 'connection-failed',
};

function connectFailure(error: NodeJS.ErrnoException, event: 'connect' | 'secureConnect'): SmtpFailure {
  const code = NETWORK[error.code ?? ''] ?? (event === 'secureConnect' ? 'tls' : 'connection-failed');
  return new SmtpFailure('transient', code, code === 'tls' || code === 'connection-failed' ? error.code : undefined);
}

function createWire(first: Socket, signal: AbortSignal): Wire {
  let socket = first;
  let parser = createReplyParser();
  let alive = true;

  const wire: Wire = {
    listener: undefined,
    onEnd: undefined,
    get alive() {
      return alive;
    },
    write(data, onHandedOver) {
      if (!alive) return;
      socket.write(data, 'latin1', (error) => {
        if (!error) onHandedOver?.();
      });
    },
    async upgrade(options) {
      // What came before the handshake was written by anybody: RFC 3207 has it thrown away, here it ends the connection.
      if (!alive || parser.inside) {
        wire.destroy('protocol');
        throw new SmtpFailure('transient', 'protocol', 'STARTTLS');
      }
      release();
      socket.on('error', () => undefined);
      const secure = connectTls({ socket, ...tlsOptions(options) });
      try {
        await ready(secure, 'secureConnect', signal);
      } catch (error) {
        alive = false;
        throw error instanceof SmtpFailure && error.code === 'connection-lost'
          ? new SmtpFailure('transient', 'tls', 'connection lost')
          : error;
      }
      socket = secure;
      parser = createReplyParser();
      listen();
    },
    destroy: end,
  };

  function end(code: SmtpCode): void {
    if (!alive) return;
    alive = false;
    socket.destroy();
    const { listener } = wire;
    wire.listener = undefined;
    listener?.onLost(code);
    wire.onEnd?.();
  }

  function onData(chunk: Buffer): void {
    const replies = parser.push(chunk.toString('latin1'));
    if (!replies) {
      end('protocol');
      return;
    }
    for (const reply of replies) {
      if (!wire.listener) {
        end('connection-lost');
        return;
      }
      wire.listener.onReply(reply);
    }
  }
  const onError = (): void => end('connection-lost');
  const onClose = (): void => end('connection-lost');

  function listen(): void {
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('end', onClose);
    socket.on('close', onClose);
  }
  function release(): void {
    socket.removeListener('data', onData);
    socket.removeListener('error', onError);
    socket.removeListener('end', onClose);
    socket.removeListener('close', onClose);
  }
  listen();
  return wire;
}
