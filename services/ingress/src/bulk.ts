import {
  isOutage,
  LIMITS,
  unitaryRequestSchema,
  type BulkItem,
  type BulkResult,
  type Clock,
  type Problem,
} from '@herald/contracts';
import { callerOf, parseWith, problemOf, sendProblem, type JsonLine } from '@herald/service-kit';
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Caller } from './accept.ts';
import { answerCall, OVERLOADED_SECONDS, type Accept, type CallOutcome } from './call.ts';

/** How many are begun before others of the process have their turn: about a millisecond or two. */
const AT_ONCE = 50;

const noQuery = z.strictObject({});
const LIMIT = LIMITS.executionsPerBulk;

/**
 * Many executions in one request. Each goes the way of a single call, together with the others: what the store and the
 * log are given is gathered there, so a thousand cost a few writes. An outage meets each by itself too.
 */
export function createBulk(accept: Accept, clock: Clock): RequestHandler {
  async function one(caller: Caller, index: number, line: JsonLine): Promise<BulkItem> {
    const answer = await answerOf(caller, line);
    if (answer.kind === 'accepted') return { index, status: 202, replayed: answer.replayed, execution: answer.body };
    const problem = problemOf(answer.code, answer.details);
    return { index, status: problem.status, problem };
  }

  async function answerOf(caller: Caller, line: JsonLine): Promise<CallOutcome> {
    if ('wrong' in line) {
      return { kind: 'refused', code: 'invalid-body', details: { detail: line.wrong, context: { field: 'body' } } };
    }
    return answerCall(acceptOrSay, caller, unitaryRequestSchema, line.value, line.bytes);
  }

  /** An outage is the answer to the call that met it. */
  const acceptOrSay: Accept = (caller, call) =>
    accept(caller, call).catch((error: unknown) => {
      if (!isOutage(error)) throw error;
      return { kind: 'refused', reason: 'unavailable', detail: 'a part of the server does not answer' };
    });

  return async (request, response) => {
    const asked = parseWith(noQuery, request.query);
    if (!asked.ok) return refuse(response, asked.field, asked.message);
    const lines = linesOf(request.body, response);
    if (lines === undefined) return refuse(response, 'body', 'must be an array of executions');
    if (lines.length === 0 || lines.length > LIMIT)
      return refuse(response, 'body', `must hold 1 to ${LIMIT} executions`);
    const caller = callerOf(response);
    const working: Promise<BulkItem>[] = [];
    for (const [index, line] of lines.entries()) {
      if (index > 0 && index % AT_ONCE === 0) await clock.sleep(0);
      working.push(one(caller, index, line));
    }
    // Settled, not awaited one by one: a bug of one must not leave another's rejection to nobody.
    const settled = await Promise.allSettled(working);
    const items = settled.map((item) => {
      if (item.status === 'rejected') throw item.reason;
      return item.value;
    });
    if (items.every(({ status }) => status === UNAVAILABLE)) {
      const overloaded = items.every((item) => 'problem' in item && codeOf(item.problem) === 'overloaded');
      if (overloaded) sendProblem(response, 'overloaded', { retryAfterSeconds: OVERLOADED_SECONDS });
      else sendProblem(response, 'unavailable', { retryAfterSeconds: 1 });
      return undefined;
    }
    const accepted = items.filter(({ status }) => status === 202).length;
    const result: BulkResult = { accepted, refused: items.length - accepted, items };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(result));
    return undefined;
  };
}

const codeOf = ({ report }: Problem): unknown => report.additionalContext['code'];
const UNAVAILABLE = problemOf('unavailable').status;

function refuse(response: Response, field: string, message: string): undefined {
  sendProblem(response, 'invalid-body', { detail: `${field} ${message}`, context: { field } });
}

/** What was sent, one by one, whichever way it came; undefined where it is no list. */
function linesOf(body: unknown, response: Response): readonly JsonLine[] | undefined {
  const { lines }: { lines?: readonly JsonLine[] } = response.locals;
  if (lines !== undefined) return lines;
  if (!Array.isArray(body)) return undefined;
  // Nothing in an array is larger than the whole: only where that is large is each context measured.
  const bytes = Number(response.locals['bodyBytes'] ?? Number.POSITIVE_INFINITY);
  return body.slice(0, LIMIT + 1).map((value: unknown) => ({ value, bytes }));
}
