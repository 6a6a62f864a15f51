import { PROBLEMS, problemType, type Problem, type ProblemCode } from '@herald/contracts';
import type { ServerResponse } from 'node:http';

export interface ProblemDetails {
  /** What is wrong here; the catalogue's advice when absent. No content, no address. */
  readonly detail?: string;
  /** `requestId`, `campaignId`, `field`, … */
  readonly context?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
}

/** Answers with a problem of the catalogue. */
export function sendProblem(response: ServerResponse, code: ProblemCode, details: ProblemDetails = {}): void {
  response.end(prepareProblem(response, code, details));
}

/** A problem of the catalogue, as a document. */
export function problemOf(code: ProblemCode, details: ProblemDetails = {}): Problem {
  const kind = PROBLEMS[code];
  const { status, title, advice } = kind;
  return {
    type: problemType(kind),
    title,
    status,
    detail: details.detail ?? advice,
    report: { additionalContext: { code, ...details.context } },
  };
}

/** A problem of the catalogue: its status, and the bytes of its document. */
export function problemDocument(
  code: ProblemCode,
  details: ProblemDetails,
): { readonly status: number; readonly body: Buffer } {
  const problem = problemOf(code, details);
  return { status: problem.status, body: Buffer.from(JSON.stringify(problem)) };
}

/** Sets the status and every header of a problem, and returns the body that is to follow. */
export function prepareProblem(response: ServerResponse, code: ProblemCode, details: ProblemDetails): Buffer {
  const { status, body } = problemDocument(code, details);
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', body.byteLength);
  if (details.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(details.retryAfterSeconds));
  return body;
}
