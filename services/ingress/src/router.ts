import { LIMITS, unitaryRequestSchema } from '@herald/contracts';
import { authenticate, parseWith, readJson, requireScope, sendProblem, type ServiceDeps } from '@herald/service-kit';
import express, { type RequestHandler, type Response, type Router } from 'express';
import { createAcceptor, type Caller } from './accept.ts';
import type { Admission } from './admission.ts';
import { validateRequest, type Invalid } from './validate.ts';

const UNITARY = '/ajo/im/executions/unitary';
const RETRY_AFTER_SECONDS = 5;

/** The execution API. */
export function createExecutionRouter(deps: ServiceDeps, admission: Admission): Router {
  const accept = createAcceptor(deps);
  const authenticated = authenticate({ catalog: deps.catalog, clock: deps.runtime.clock });

  const admit: RequestHandler = (_request, response, next) => {
    const detail = admission.refusal();
    if (detail === undefined) next();
    else sendProblem(response, 'overloaded', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
  };

  const unitary: RequestHandler = async (request, response) => {
    const parsed = parseWith(unitaryRequestSchema, request.body);
    if (!parsed.ok) {
      sendProblem(response, 'invalid-body', {
        detail: `${parsed.field} ${parsed.message}`,
        context: { field: parsed.field },
      });
      return;
    }
    const call = parsed.value;
    const context = { requestId: call.requestId, campaignId: call.campaignId };
    const refuse = ({ code, field, message }: Invalid): void =>
      sendProblem(response, code, { detail: `${field} ${message}`, context: { ...context, field } });
    const invalid = validateRequest(call, bodyBytes(response));
    if (invalid !== undefined) {
      refuse(invalid);
      return;
    }
    const answer = await accept(response.locals['caller'] as Caller, call);
    if (answer.kind === 'invalid') {
      refuse(answer.invalid);
      return;
    }
    if (answer.kind === 'refused') {
      sendProblem(response, answer.reason, { detail: answer.detail, context });
      return;
    }
    if (answer.replayed) response.setHeader('Idempotent-Replayed', 'true');
    response.statusCode = 202;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answer.body));
  };

  const router = express.Router();
  router.post(UNITARY, authenticated, requireScope('execute'), admit, readJson(LIMITS.requestBytes), unitary);
  router.get('/ajo/im/health', authenticated, (_request, response) => {
    response.json({ status: 'ok' });
  });
  return router;
}

const bodyBytes = (response: Response): number => Number(response.locals['bodyBytes'] ?? Number.POSITIVE_INFINITY);
