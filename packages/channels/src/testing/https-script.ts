import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Behaviour, TestServer } from '../conformance.ts';
import { createLocalCertificate } from '../far-end/certificate.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The answer is begun and never ended. */
  readonly unfinished?: boolean;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ScriptedHttps extends TestServer {
  readonly port: number;
  /** The certificate that clients have to trust. */
  readonly ca: string;
  /** Every request that was there to its last byte, oldest first. */
  readonly requests: readonly Request[];
  readonly connections: { readonly total: number; readonly now: number };
  /** What to answer from now on, in place of a behaviour of the conformance suite. */
  answer(request: Request): Answer;
}

/** The answers of a provider's kind that the suite's behaviours need. */
export interface Answers {
  readonly accept: (request: Request) => Answer;
  readonly 'refuse-for-now': Answer;
  readonly 'refuse-for-good': Answer;
}

/** An HTTPS server that answers, or misbehaves, as it is told. */
export async function startScriptedHttps(answers: Answers, hosts = ['127.0.0.1']): Promise<ScriptedHttps> {
  const { key, cert } = createLocalCertificate(hosts);
  const sockets = new Set<Socket>();
  const requests: Request[] = [];
  const connections = { total: 0, now: 0 };
  const waiting = { now: 0, most: 0 };
  let accepted = 0;
  let behaviour: Behaviour = 'accept';
  let held: (() => void)[] = [];

  const https = createHttpsServer({ key, cert }, (incoming, response) => {
    void receive(incoming).then((request) => {
      requests.push(request);
      respond(request, response);
    });
  });
  https.on('tlsClientError', () => undefined);

  function respond(request: Request, response: ServerResponse): void {
    switch (behaviour) {
      case 'silent-at-the-end':
        return;
      case 'break-at-the-end':
        response.socket?.destroy();
        return;
      case 'wait':
        waiting.now += 1;
        waiting.most = Math.max(waiting.most, waiting.now);
        held.push(() => respond(request, response));
        return;
      default:
        write(response, script.answer(request));
    }
  }

  function write(response: ServerResponse, { status, headers = {}, body = '', unfinished = false }: Answer): void {
    if (status < 300) accepted += 1;
    response.writeHead(status, headers);
    if (unfinished) response.write(body === '' ? ' ' : body);
    else response.end(body);
  }

  const front = createServer((socket) => {
    sockets.add(socket);
    connections.total += 1;
    connections.now += 1;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      connections.now -= 1;
    });
    if (behaviour === 'break-early') socket.resetAndDestroy();
    else if (behaviour !== 'silent') https.emit('connection', socket);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo;

  const script: ScriptedHttps = {
    url: `https://127.0.0.1:${port}`,
    port,
    ca: cert,
    requests,
    connections,
    answer(request) {
      const how = answers[behaviour === 'refuse-for-now' || behaviour === 'refuse-for-good' ? behaviour : 'accept'];
      return typeof how === 'function' ? how(request) : how;
    },
    behave(how) {
      behaviour = how;
      const waited = held;
      held = [];
      waiting.now = 0;
      for (const resume of waited) resume();
    },
    accepted: () => accepted,
    waiting: () => waiting,
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!front.listening) return;
      front.close();
      await once(front, 'close');
    },
  };
  return script;
}

async function receive(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = '', url: path = '', headers } = incoming;
  return { method, path, headers, body: Buffer.concat(chunks) };
}
