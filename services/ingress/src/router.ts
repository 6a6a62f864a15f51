import { API, highThroughputRequestSchema, LIMITS, unitaryRequestSchema, type UnitaryRequest } from '@herald/contracts';
import {
  callerOf,
  createApi,
  createBodyRoom,
  readJson,
  readJsonOrLines,
  reply,
  requireScope,
  sendProblem,
  type Api,
  type ServiceDeps,
} from '@herald/service-kit';
import type { RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { createAcceptor } from './accept.ts';
import type { Admission } from './admission.ts';
import { createBulk } from './bulk.ts';
import { answerCall, OVERLOADED_SECONDS } from './call.ts';

/** The execution API. */
export function createExecutionApi(deps: ServiceDeps, admission: Admission): Api {
  const accept = createAcceptor(deps, admission.refusal);
  const room = createBodyRoom();
  const { authenticated } = deps;

  const admit: RequestHandler = (_request, response, next) => {
    const detail = admission.closed();
    if (detail === undefined) next();
    else sendProblem(response, 'overloaded', { detail, retryAfterSeconds: OVERLOADED_SECONDS });
  };

  const execute =
    (schema: z.ZodType<UnitaryRequest>): RequestHandler =>
    async (request, response) => {
      const answer = await answerCall(accept, callerOf(response), schema, request.body, bodyBytes(response));
      if (answer.kind === 'refused') {
        sendProblem(response, answer.code, answer.details);
        return;
      }
      if (answer.replayed) response.setHeader('Idempotent-Replayed', 'true');
      response.statusCode = 202;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(answer.body));
    };

  const api = createApi(authenticated);
  const { access, body } = API.executeUnitary;
  // Whoever may not call, or calls when there is too much work, is told before the body is read.
  const before = [authenticated, requireScope(access), admit, room(body.limit), readJson(body.limit)];
  api.mount(API.executeUnitary, ...before, execute(unitaryRequestSchema));
  api.mount(API.executeHighThroughput, ...before, execute(highThroughputRequestSchema));
  const many = readJsonOrLines(API.executeBulk.body.limit, LIMITS.executionsPerBulk);
  const first = [authenticated, requireScope(access), admit, room(API.executeBulk.body.limit)];
  api.mount(API.executeBulk, ...first, many, createBulk(accept, deps.runtime.clock));
  api.handle(API.executionHealth, async () => reply(200, { status: 'ok' } as const));
  return api;
}

const bodyBytes = (response: Response): number => Number(response.locals['bodyBytes'] ?? Number.POSITIVE_INFINITY);
