import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What is lost with the connection: a message before the server has it, or the server's answer to it. With `silence` the
 * connection stays, and what is sent on it is answered no more.
 */
export type Loss = 'request' | 'answer' | 'silence';

/** A database's address that stands for another one, and breaks connections at messages that a test names. */
export interface WireBreaker {
  readonly url: string;
  /** From now on each message that has these words breaks its connection; returns how often one did. */
  breakAt(loss: Loss, ...words: string[]): () => number;
  /** As `breakAt`, once. */
  breakOnceAt(loss: Loss, ...words: string[]): () => number;
  /** Keeps the next message that has these words, until it is let go. */
  holdAt(...words: string[]): Held;
  mend(): void;
  close(): Promise<void>;
}
export interface Held {
  /** Resolves when the message has come. */
  readonly came: Promise<void>;
  letGo(): void;
}

interface Fault {
  readonly loss: Loss | Promise<void>;
  readonly words: readonly string[];
  readonly onHit: () => void;
  left: number;
}

export async function breakWire(url: string): Promise<WireBreaker> {
  const target = new URL(url);
  let faults: Fault[] = [];
  const sockets = new Set<Socket>();

  const lossOf = (message: string): Fault['loss'] | undefined => {
    const fault = faults.find(({ left, words }) => left > 0 && words.every((word) => message.includes(word)));
    if (fault === undefined) return undefined;
    fault.left -= 1;
    fault.onHit();
    return fault.loss;
  };

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    let broken = false;
    let silent = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    const pass = (message: Buffer): void => {
      const loss = lossOf(message.toString('latin1'));
      if (loss === 'request') return cut();
      broken ||= loss === 'answer';
      silent ||= loss === 'silence';
      if (silent) return;
      // A connection carries one command at a time: nothing overtakes what is held.
      if (loss instanceof Promise) void loss.then(() => upstream.write(message));
      else upstream.write(message);
    };
    let waiting = Buffer.alloc(0);
    client.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      // A message of the protocol begins with its length.
      while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
        const message = waiting.subarray(0, waiting.readInt32LE(0));
        waiting = waiting.subarray(message.length);
        pass(message);
      }
    });
    upstream.on('data', (chunk) => (broken ? cut() : client.write(chunk)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const breakAt = (left: number, loss: Loss, words: readonly string[]): (() => number) => {
    let hits = 0;
    faults.push({ loss, words, left, onHit: () => (hits += 1) });
    return () => hits;
  };
  return {
    url: url.replace(`:${target.port}/`, `:${port}/`),
    breakAt: (loss, ...words) => breakAt(Infinity, loss, words),
    breakOnceAt: (loss, ...words) => breakAt(1, loss, words),
    holdAt: (...words) => {
      const came = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      faults.push({ loss: released.promise, words, left: 1, onHit: came.resolve });
      return { came: came.promise, letGo: released.resolve };
    },
    mend: () => void (faults = []),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
