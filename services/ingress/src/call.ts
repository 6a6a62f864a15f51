import type { ExecutionAccepted, ProblemCode, UnitaryRequest } from '@herald/contracts';
import { parseWith, type ProblemDetails } from '@herald/service-kit';
import type { z } from 'zod';
import type { Acceptance, Caller } from './accept.ts';
import { validateRequest, type Invalid } from './validate.ts';

export type Accept = (caller: Caller, request: UnitaryRequest) => Promise<Acceptance>;
/** What became of one call, whichever way it came. */
export type CallOutcome =
  | { readonly kind: 'accepted'; readonly body: ExecutionAccepted; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly details: ProblemDetails };

/** What is waiting is not gone in a moment. */
export const OVERLOADED_SECONDS = 5;

/** Parses, checks and accepts one call; `bytes` is no less than what its JSON takes. Throws `Outage`. */
export async function answerCall(
  accept: Accept,
  caller: Caller,
  schema: z.ZodType<UnitaryRequest>,
  value: unknown,
  bytes: number,
): Promise<CallOutcome> {
  const parsed = parseWith(schema, value);
  if (!parsed.ok) {
    const { field, message } = parsed;
    return { kind: 'refused', code: 'invalid-body', details: { detail: `${field} ${message}`, context: { field } } };
  }
  const call = parsed.value;
  const context = { requestId: call.requestId, campaignId: call.campaignId };
  const refused = ({ code, field, message }: Invalid): CallOutcome => ({
    kind: 'refused',
    code,
    details: { detail: `${field} ${message}`, context: { ...context, field } },
  });
  const invalid = validateRequest(call, bytes);
  if (invalid !== undefined) return refused(invalid);
  const answer = await accept(caller, call);
  if (answer.kind === 'invalid') return refused(answer.invalid);
  if (answer.kind === 'refused') {
    const { reason, detail } = answer;
    if (reason !== 'overloaded') return { kind: 'refused', code: reason, details: { detail, context } };
    const retry = { ...context, retryAfter: String(OVERLOADED_SECONDS) };
    return {
      kind: 'refused',
      code: reason,
      details: { detail, context: retry, retryAfterSeconds: OVERLOADED_SECONDS },
    };
  }
  return answer;
}
