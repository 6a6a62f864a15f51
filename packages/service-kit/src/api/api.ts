import { API, TAGS, type Method, type Operation } from '@herald/contracts';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { z } from 'zod';
import { callerOf, requireScope } from '../auth.ts';
import { createBodyRoom } from '../body-room.ts';
import { hasBody, readJson, readRaw } from '../body.ts';
import { wantLines, writeLines } from '../lines.ts';
import { parseWith } from '../parse.ts';
import { sendProblem } from '../problem.ts';
import type { Call, Handler, Received, Refusal, Reply } from './call.ts';
import { expressPath } from './paths.ts';
import { invalid, refuse } from './reply.ts';

/** Routes and their descriptions. Every route is mounted here, so there is none without a description. */
export interface Api {
  readonly router: Router;
  readonly operations: readonly Operation[];
}

export interface ApiBuilder extends Api {
  /** Mounts handlers that do everything by themselves: what needs no key, and what has to be fast. */
  mount(operation: Operation, ...handlers: readonly RequestHandler[]): void;
  /**
   * Mounts a handler behind everything that its description says: the key, its scope, the parts of the request. What it
   * is given is parsed, and what it answers is described: the compiler sees to both.
   */
  handle<const O extends Operation>(operation: O, handler: Handler<O>): void;
  /** The same for what needs no key: the handler is given bytes, and knows by their signature who sends them. */
  receive<const O extends Operation>(operation: O, handler: (call: Received<O>) => Promise<Reply<O>>): void;
}

/** `authenticated` stands before every handler that `handle` mounts. */
export function createApi(authenticated: RequestHandler): ApiBuilder {
  const router = express.Router();
  const operations: Operation[] = [];
  const room = createBodyRoom();

  const mount = (operation: Operation, ...handlers: readonly RequestHandler[]): void => {
    operations.push(operation);
    router[operation.method](expressPath(operation), ...handlers);
  };

  return {
    router,
    operations,
    mount,
    handle(operation, handler) {
      const { access, body } = operation;
      if (access === 'none') throw new Error(`${operation.id}: what needs no key is mounted by itself`);
      const before: RequestHandler[] = [authenticated];
      if (access !== 'any') before.push(requireScope(access));
      if (body?.stream) before.push(wantLines);
      else if (body?.raw !== undefined) before.push(readRaw(body.limit, body.raw));
      else if (body !== undefined) {
        const read = readJson(body.limit, body.types);
        before.push(body.optional ? unlessEmpty(read) : read);
      }
      mount(operation, ...before, async (request, response) => {
        const call = parseCall(operation, request);
        await send(response, 'problem' in call ? call : await handler({ ...call, caller: callerOf(response) } as Call));
      });
    },
    receive(operation, handler) {
      const { access, body } = operation;
      if (access !== 'none' || body?.raw === undefined) throw new Error(`${operation.id}: not for bytes without a key`);
      // Who sends it is known only when it was read.
      mount(operation, room(body.limit), readRaw(body.limit, body.raw), async (request, response) => {
        const call = parseCall(operation, request);
        await send(response, 'problem' in call ? call : await handler(call as unknown as Received<typeof operation>));
      });
    },
  };
}

const nothing = z.strictObject({});

/** The parts of a request that its description names, or what is wrong with the first of them that is not as described. */
function parseCall(operation: Operation, request: Request): Omit<Call, 'caller'> | Refusal {
  const { params, query = nothing, body, ifMatch } = operation;
  const path = params && parseWith(params, paramsOf(request));
  if (path?.ok === false) return invalid(path);
  const asked = parseWith(query, request.query);
  if (!asked.ok) return invalid(asked);
  if (ifMatch === 'required' && request.headers['if-match'] === undefined) return refuse('precondition-required');
  const asItCame = body?.late === true || body?.raw !== undefined;
  const sent = body === undefined || asItCame || body.stream ? undefined : parseWith(body.schema, request.body);
  if (sent?.ok === false) return invalid(sent);
  return {
    request,
    params: path?.value ?? {},
    query: asked.value,
    body: asItCame ? (request.body as unknown) : sent?.value,
  } as Omit<Call, 'caller'>;
}

/** A parameter that may hold slashes comes in pieces. */
const paramsOf = ({ params }: Request): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  );

function unlessEmpty(read: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (hasBody(request)) return read(request, response, next);
    request.body = {};
    next();
    return undefined;
  };
}

/** A reply, whatever the operation. */
type Answer =
  | Refusal
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly type?: string;
      readonly body?: unknown;
      readonly lines?: AsyncIterable<unknown>;
    };

async function send(response: Response, answer: Answer): Promise<void> {
  if ('problem' in answer) {
    sendProblem(response, answer.problem, answer);
    return;
  }
  const { status, headers = {}, type, body, lines } = answer;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (lines !== undefined) {
    await writeLines(response, lines);
    return;
  }
  if (body === undefined) {
    response.end();
    return;
  }
  const bytes = Buffer.from(type !== undefined && typeof body === 'string' ? body : JSON.stringify(body));
  response.setHeader('Content-Type', type ?? 'application/json');
  response.setHeader('Content-Length', bytes.byteLength);
  response.end(bytes);
}

/**
 * What a process describes: what it answers, and what other processes of the same installation answer. The inbox is
 * there where it was started.
 */
export function described(apis: readonly Api[]): readonly Operation[] {
  const mounted = apis.flatMap(({ operations }) => operations);
  const known = Object.values<Operation>(API).filter((one) => one.tag !== 'Inbox' || mounted.includes(one));
  return [...new Set([...known, ...mounted])].toSorted(
    (a, b) =>
      TAG_ORDER.indexOf(a.tag) - TAG_ORDER.indexOf(b.tag) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : METHOD_ORDER.indexOf(a.method) - METHOD_ORDER.indexOf(b.method)),
  );
}

const TAG_ORDER = Object.keys(TAGS);
const METHOD_ORDER: readonly Method[] = ['get', 'post', 'put', 'patch', 'delete'];
