import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isOutage, type Runtime } from '@herald/contracts';
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
import type { Config } from './config.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { sendProblem } from './problem.ts';

export interface HttpServerDeps {
  readonly config: Pick<Config, 'host' | 'port'>;
  readonly routers: readonly Router[];
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly runtime: Pick<Runtime, 'clock'>;
}

export interface HttpServer {
  /** Throws when the address is not free. */
  listen(): Promise<{ readonly port: number; readonly url: string }>;
  /** Stops accepting, finishes what is in flight, and after the deadline cuts what is left. */
  close(deadlineMs: number): Promise<void>;
}

const RETRY_AFTER_SECONDS = 5;
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than the idle time of the usual load balancers, so that they close first and never meet a closed connection. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** One server for all routers of this process, with health, metrics, and an answer to whatever goes wrong. */
export function createHttpServer({ config, routers, health, metrics, log, runtime }: HttpServerDeps): HttpServer {
  const { clock } = runtime;
  const inFlight = new Set<ServerResponse>();
  let closing = false;

  const track: RequestHandler = (request, response, next) => {
    const start = clock.now();
    inFlight.add(response);
    if (closing) response.setHeader('Connection', 'close');
    response.once('close', () => {
      inFlight.delete(response);
      const route: { path?: unknown } | undefined = request.route;
      const pattern = typeof route?.path === 'string' ? route.path : 'unmatched';
      metrics.httpRequest(pattern, response.statusCode, (clock.now() - start) / 1_000);
    });
    next();
  };

  const onError: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (isOutage(error)) {
      const detail = error.code === 'full' ? 'there is no room for more data' : 'a part of the server does not answer';
      sendProblem(response, 'unavailable', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
      return;
    }
    // Only the router itself raises it: an escape sequence in the path that cannot be decoded.
    if (Error.isError(error) && error.name === 'URIError') {
      sendProblem(response, 'invalid-body', { detail: 'the path is not a valid URL', context: { field: 'path' } });
      return;
    }
    const route: { path?: unknown } | undefined = request.route;
    log.error({ err: error, method: request.method, route: route?.path }, 'a request failed by a bug');
    sendProblem(response, 'internal');
  };

  const app = express();
  app.disable('etag').disable('x-powered-by');
  app.use(track);
  app.get('/health/live', (_request, response) => {
    response.json({ live: true });
  });
  app.get('/health/ready', (_request, response) => {
    const state = health.ready();
    response.status(state.ready ? 200 : 503).json(state);
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics.expose();
    response.setHeader('Content-Type', contentType);
    response.end(text);
  });
  for (const router of routers) app.use(router);
  app.use((request: express.Request, response: express.Response) => {
    sendProblem(response, 'not-found', { detail: `there is no ${request.method} on this path` });
  });
  app.use(onError);

  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    app,
  );
  // Without this every `Expect: 100-continue` is invited to send at once, even what is about to be refused.
  server.on('checkContinue', app);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  return {
    listen: () => listen(server, config),
    async close(deadlineMs) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Node lets go of connections between two requests, but waits for those that never sent one.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      for (const response of inFlight) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
      }
      const finished = new AbortController();
      const deadline = clock.sleep(deadlineMs, finished.signal).then(() => server.closeAllConnections());
      await closed;
      finished.abort();
      await deadline;
    },
  };
}

async function listen(
  server: Server,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<{ readonly port: number; readonly url: string }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { port: actual, url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${actual}` };
}
