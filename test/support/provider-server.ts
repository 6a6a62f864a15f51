import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createLocalCertificate } from '@herald/channels/far-end';

export interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `break`: the request is taken whole, and the connection closed without a word. */
export type Answer =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } | 'break';

/** A provider's server that does with each request what it is told. */
export interface ProviderServer {
  readonly url: string;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** The certificate that clients have to trust, where it speaks TLS. */
  readonly ca: string;
  /** Every request, oldest first, whatever was answered. */
  readonly requests: readonly Request[];
  readonly connections: { readonly total: number };
  answer: (request: Request) => Answer;
  /** As if there had been no request: for a suite whose tests share it. */
  forget(): void;
  close(): Promise<void>;
}

export async function startProviderServer({
  tls = false,
  port = 0,
}: { readonly tls?: boolean; readonly port?: number } = {}): Promise<ProviderServer> {
  const { key, cert } = createLocalCertificate(['127.0.0.1']);
  const requests: Request[] = [];
  const connections = { total: 0 };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = { path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(chunks) };
    requests.push(request);
    const answer = provider.answer(request);
    if (answer === 'break') response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    handle(incoming, response).catch(() => response.destroy());
  };
  const server = tls ? createTlsServer({ key, cert }, listener) : createServer(listener);
  server.on('connection', () => (connections.total += 1));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: ProviderServer = {
    url: `${tls ? 'https' : 'http'}://${host}`,
    host,
    ca: cert,
    requests,
    connections,
    answer: () => ({ status: 201, body: '{}' }),
    forget: () => void requests.splice(0),
    async close() {
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    },
  };
  return provider;
}
