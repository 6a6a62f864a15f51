import type { Operation } from '@herald/contracts';
import type { RequestHandler } from 'express';
import { sendProblem } from '../problem.ts';
import { pathPattern } from './paths.ts';

/**
 * Answers what no route did: OPTIONS with what the path allows, another method on a known path with 405, anything else
 * with 404.
 */
export function createFallback(operations: readonly Operation[]): RequestHandler {
  const patterns = operations.map((operation) => ({ method: operation.method, pattern: pathPattern(operation) }));

  return (request, response) => {
    const methods = new Set(patterns.filter(({ pattern }) => pattern.test(request.path)).map(({ method }) => method));
    if (methods.size === 0) {
      sendProblem(response, 'not-found', { detail: `there is no ${request.method} on this path` });
      return;
    }
    const allow = [...methods].flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    response.setHeader('Allow', [...allow, 'OPTIONS'].join(', '));
    if (request.method === 'OPTIONS') {
      response.statusCode = 204;
      response.end();
      return;
    }
    sendProblem(response, 'method-not-allowed', { detail: `the path allows ${allow.join(', ')}` });
  };
}
