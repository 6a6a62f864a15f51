import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isOutage, type Runtime } from '@herald/contracts';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Api } from './api/api.ts';
import { createFallback } from './api/methods.ts';
import { refuseClient } from './client-errors.ts';
import { isUpload } from './lines.ts';
import type { Config } from './config.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { sendProblem } from './problem.ts';
import { createServerApi } from './server-api.ts';

export interface HttpServerDeps {
  readonly config: Pick<Config, 'host' | 'port' | 'publicUrl'>;
  /** What is called most comes first: routes are tried in order. */
  readonly apis: readonly Api[];
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly runtime: Pick<Runtime, 'clock'>;
}

export interface HttpServer {
  /** Throws when the address is not free. */
  listen(): Promise<{ readonly port: number; readonly url: string }>;
  /** What express answers to, as `GET /v1/surfaces/:id`. */
  readonly routes: readonly string[];
  /** Stops accepting, finishes what is in flight, and after the deadline cuts what is left. */
  close(deadlineMs: number): Promise<void>;
}

const RETRY_AFTER_SECONDS = 5;
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than the idle time of the usual load balancers, so that they close first and never meet a closed connection. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** One server for all that this process answers, with health, metrics, and an answer to whatever goes wrong. */
export function createHttpServer({ config, apis, health, metrics, log, runtime }: HttpServerDeps): HttpServer {
  const { clock } = runtime;
  const inFlight = new Set<ServerResponse>();
  const all = [...apis, createServerApi({ apis, publicUrl: config.publicUrl, health, metrics })];
  const fallback = createFallback(all.flatMap(({ operations }) => operations));
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
    // Without this express answers by itself, on known paths and in its own way.
    if (request.method === 'OPTIONS') fallback(request, response, next);
    else next();
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
  for (const { router } of all) app.use(router);
  app.use(fallback);
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
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A long upload is bounded by its silence, not by its length: whoever reads it sees to that.
    const uploads = [...inFlight].some((response) => response.socket === socket && isUpload(response));
    if (uploads && error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return;
    // What went wrong after an answer began cannot be said any more.
    const answered = [...inFlight].some((response) => response.socket === socket && response.headersSent);
    if (answered) socket.destroy();
    else refuseClient(error, socket);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  return {
    listen: () => listen(server, config),
    routes: [...new Set(routesOf(app.router as unknown as Stacked))],
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

interface Stacked {
  readonly stack: readonly {
    readonly route?: { readonly path: string; readonly stack: readonly { readonly method?: string }[] };
    readonly handle: Partial<Stacked>;
  }[];
}

/** Express' own list, routers in routers included. */
const routesOf = ({ stack }: Stacked): string[] =>
  stack.flatMap(({ route, handle }) => {
    if (route !== undefined) return route.stack.map(({ method = 'all' }) => `${method.toUpperCase()} ${route.path}`);
    return handle.stack === undefined ? [] : routesOf({ stack: handle.stack });
  });

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
