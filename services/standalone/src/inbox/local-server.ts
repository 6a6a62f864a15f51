import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@herald/service-kit';

/** Where a server listens, and under which name it is reached. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

/** A free port of this machine, for this machine. */
export const HERE: Place = { host: '127.0.0.1', port: 0, name: '127.0.0.1' };

/** A server of this process that stands in for a provider's. */
export interface LocalServer {
  /** What makes a provider send there. */
  readonly settings: Partial<Config>;
  close(): Promise<void>;
}

export interface Request {
  readonly method: string;
  /** Without a query. */
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  /** As they came, in their order, without credentials. */
  readonly headers: { name: string; value: string }[];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Makes a listener of a function over whole requests; those of more than `limit` bytes are answered with 413. */
export const answering =
  (limit: number, answer: (request: Request) => Answer) =>
  (incoming: IncomingMessage, response: ServerResponse): void => {
    read(incoming, limit)
      .then((request) => (request === undefined ? { status: 413 } : answer(request)))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      // A client that went away in the middle has nobody to tell.
      .catch(() => response.destroy());
  };

async function read(incoming: IncomingMessage, limit: number): Promise<Request | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit) return undefined;
  const { rawHeaders } = incoming;
  const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [{ name, value: rawHeaders[at + 1] ?? '' }] : []));
  return {
    method: incoming.method ?? '',
    path: (incoming.url ?? '').split('?')[0] ?? '',
    header(name) {
      const value = incoming.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    headers: headers.filter(({ name }) => name.toLowerCase() !== 'authorization'),
    body: Buffer.concat(chunks),
  };
}

/** Listens, and returns the port. */
export async function listen(server: Server, { host, port }: Place): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
