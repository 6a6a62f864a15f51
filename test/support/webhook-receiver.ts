import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './until.ts';

/** A delivery as it came in. */
export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** `hang`: the request is taken and never answered. */
export type ReceiverAnswer = { readonly status: number; readonly headers?: Record<string, string> } | 'hang';

/** Somebody's endpoint for webhooks, which answers each path as it is told. */
export interface Receiver {
  readonly url: string;
  readonly host: string;
  readonly got: readonly Got[];
  /** By path; anything else is answered with 200. */
  readonly answers: Map<string, (got: Got, nth: number) => ReceiverAnswer>;
  /** What came to a path, once there are as many. */
  waitFor(path: string, count?: number, deadlineMs?: number): Promise<Got[]>;
  at(path: string): Got[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const got: Got[] = [];
  const answers: Receiver['answers'] = new Map();
  const at = (path: string): Got[] => got.filter((one) => one.path === path);
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const path = incoming.url ?? '';
    const one = { path, headers: incoming.headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
    got.push(one);
    const answer = answers.get(path)?.(one, at(path).length) ?? { status: 200 };
    if (answer !== 'hang') response.writeHead(answer.status, answer.headers).end('thank you');
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    got,
    answers,
    at,
    waitFor: (path, count = 1, deadlineMs) =>
      until(
        `${count} deliveries at ${path}`,
        () => {
          const found = at(path);
          return found.length >= count ? found : undefined;
        },
        deadlineMs,
      ),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
