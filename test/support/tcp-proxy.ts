import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Numbers of Kafka's requests. */
export const PRODUCE = 0;
export const FETCH = 1;
export const OFFSET_COMMIT = 8;

/** Between a client and a Kafka broker, to make trouble in the middle of a conversation. */
export interface TcpProxy {
  readonly port: number;
  /** The broker carries out the next request of this kind, and the connection is cut in place of its reply. */
  loseReplyTo(request: number): void;
  /** The next request of this kind does not reach the broker: the connection is cut instead. */
  loseRequest(request: number): void;
  /** How many requests and replies were lost. */
  readonly lost: () => number;
  /** Bytes that passed from the broker to its clients. */
  readonly passed: () => number;
  /** Cuts every connection and refuses new ones, until `open`. */
  shut(): void;
  open(): void;
  /** Connections stay, nothing passes, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** As `freeze`, and the clients are told that nothing more comes. */
  sayGoodbye(): void;
  close(): Promise<void>;
}

/** Port 0: a free one. */
export async function createTcpProxy(port: number, target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let losing: { readonly request: number; readonly isReply: boolean } | undefined;
  let lost = 0;
  let passed = 0;
  let isShut = false;
  let frozen = false;

  const cut = (pair: readonly [Socket, Socket]): void => {
    pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  };

  const server = createServer((client) => {
    if (isShut) return void client.destroy();
    const broker = connect(target, '127.0.0.1');
    const pair = [client, broker] as const;
    let loseNext = false;
    const lose = (): void => {
      lost += 1;
      cut(pair);
    };
    pairs.add(pair);
    client.on('data', (data) => {
      // Small requests come whole: four bytes of length, then two that say what it is.
      if (losing !== undefined && data.length >= 6 && data.readInt16BE(4) === losing.request) {
        loseNext = losing.isReply;
        losing = undefined;
        if (!loseNext) return lose();
      }
      broker.write(data);
    });
    broker.on('data', (data) => {
      if (!loseNext) {
        passed += data.length;
        return void client.write(data);
      }
      lose();
    });
    for (const socket of pair) {
      socket.on('error', () => cut(pair));
      socket.on('close', () => cut(pair));
    }
    if (frozen) client.pause();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const each = (action: (socket: Socket) => void): void => {
    for (const [client, broker] of pairs) {
      action(client);
      if (!broker.connecting) action(broker);
    }
  };
  const freeze = (): void => {
    frozen = true;
    each((socket) => socket.pause());
  };
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    port: (server.address() as AddressInfo).port,
    loseReplyTo: (request) => {
      losing = { request, isReply: true };
    },
    loseRequest: (request) => {
      losing = { request, isReply: false };
    },
    lost: () => lost,
    passed: () => passed,
    shut: () => {
      isShut = true;
      for (const pair of pairs) cut(pair);
    },
    open: () => {
      isShut = false;
    },
    freeze,
    thaw: () => {
      frozen = false;
      each((socket) => socket.resume());
    },
    sayGoodbye: () => {
      freeze();
      for (const [client] of pairs) client.end();
    },
    close: async () => {
      for (const pair of pairs) cut(pair);
      server.close();
      await once(server, 'close');
    },
  };
}
