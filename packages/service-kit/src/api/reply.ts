import type { ProblemCode } from '@herald/contracts';
import type { ProblemDetails } from '../problem.ts';
import type { Refusal } from './call.ts';

type Headers = Readonly<Record<string, string>>;

/** An answer with a JSON body. */
export const reply = <const S extends number, B>(status: S, body: B, headers: Headers = {}) =>
  ({ status, headers, body }) as const;

/** An answer of lines of JSON, each sent as soon as it is there. */
export const replyLines = <L>(lines: AsyncIterable<L>) => ({ status: 200, lines }) as const;

/** An answer without a body. */
export const noContent = { status: 204 } as const;

/** A problem of the catalogue. */
export const refuse = <const C extends ProblemCode>(problem: C, details: ProblemDetails = {}): Refusal<C> => ({
  problem,
  ...details,
});

/** What is wrong with a part of a request, as `parseWith` says it. */
export const invalid = ({ field, message }: { field: string; message: string }): Refusal<'invalid-body'> =>
  refuse('invalid-body', { detail: `${field} ${message}`, context: { field } });
