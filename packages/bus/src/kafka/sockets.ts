import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

export interface Sockets {
  readonly factory: ISocketFactory;
  /** Cuts every connection, and refuses new ones: whatever still retries with this client comes to its end. */
  kill(): void;
}

/**
 * The connections of one client. kafkajs can neither be told to give up nor be closed in a bounded time: it waits for
 * replies, and retries on. Without connections it does neither.
 */
export function createSockets(): Sockets {
  const open = new Set<Socket>();
  let dead = false;
  return {
    factory: ({ host, port, ssl, onConnect }) => {
      if (dead) throw new Error('this client was given up');
      // False where there is none, whatever the type says.
      const socket = ssl
        ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
        : connectPlain({ host, port }, onConnect);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.setNoDelay(true);
      // Disconnecting a connection that never came about makes kafkajs add a listener, each time.
      socket.setMaxListeners(0);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return socket;
    },
    kill: () => {
      dead = true;
      // With an error: kafkajs does not listen for `close`, and would wait on.
      for (const socket of open) socket.destroy(new Error('this client was given up'));
    },
  };
}
