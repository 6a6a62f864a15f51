import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { sendProblem } from '@herald/service-kit';
import { upstreamOf, type Upstream } from './route.ts';

/** Where the processes of each role are, as `host:port`. */
export type Upstreams = Readonly<Record<Upstream, string>>;

/** What concerns one connection only (RFC 9110, 7.6.1), and what Node has answered by itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
/** Longer than any call is worked on. */
const ANSWER_MS = 70_000;

/**
 * One address for the HTTP APIs of several processes, for trials: in production this is a load balancer's. It hands on
 * what comes and looks at nothing but the path. Never twice: whether a call was accepted is not known here, and the
 * caller, who knows its `requestId`, may repeat it.
 */
export function createGateway(upstreams: Upstreams): Server {
  // A connection per request: the name is looked up each time, so processes that come and go all get their share.
  const agent = new Agent({ keepAlive: false });
  return createServer((incoming, outgoing) => {
    if (incoming.url === '/health/live') {
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"live":true}');
      return;
    }
    const role = upstreamOf(incoming.method ?? 'GET', incoming.url ?? '/');
    handOn(incoming, outgoing, upstreams[role], agent);
  });
}

function handOn(incoming: IncomingMessage, outgoing: ServerResponse, upstream: string, agent: Agent): void {
  const { hostname: host, port } = new URL(`http://${upstream}`);
  const { method, url: path } = incoming;
  const headers = { ...headersOf(incoming), 'x-forwarded-for': incoming.socket.remoteAddress ?? '' };
  const onward = request({ host, port, method, path, headers, agent, timeout: ANSWER_MS });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, headersOf(answer));
    pipeline(answer, outgoing, () => {});
  });
  onward.on('timeout', () => onward.destroy(new Error('no answer')));
  onward.on('error', () => refuse(outgoing));
  outgoing.on('close', () => onward.destroy());
  pipeline(incoming, onward, () => {});
}

function headersOf({ headers }: IncomingMessage): Record<string, string | string[]> {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined && !HOP_BY_HOP.has(entry[0]) && !named.includes(entry[0]),
    ),
  );
}

/** 503: the same call may come again. */
function refuse(outgoing: ServerResponse): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  sendProblem(outgoing, 'unavailable', { detail: 'a part of the server does not answer', retryAfterSeconds: 5 });
}
