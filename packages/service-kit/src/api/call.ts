import type { LINES, Operation, ProblemCode } from '@herald/contracts';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Caller } from '../auth.ts';
import type { ProblemDetails } from '../problem.ts';

type ReadonlyDeep<T> = T extends readonly (infer E)[]
  ? readonly ReadonlyDeep<E>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
    : T;

type OutputOf<S> = S extends z.ZodType ? z.output<S> : Readonly<Record<string, never>>;

/** A request as an operation describes it: every part is parsed. */
export interface Call<O extends Operation = Operation> {
  readonly request: Request;
  readonly caller: Caller;
  readonly params: OutputOf<O['params']>;
  readonly query: OutputOf<O['query']>;
  readonly body: O['body'] extends { readonly late: true } | { readonly stream: true }
    ? unknown
    : O['body'] extends { readonly raw: readonly string[] }
      ? Buffer
      : O['body'] extends { readonly schema: infer S }
        ? OutputOf<S>
        : undefined;
}

/** A request that came without a key: its bytes, and what else its operation describes. */
export type Received<O extends Operation = Operation> = Omit<Call<O>, 'caller' | 'body'> & { readonly body: Buffer };

type ContentOf<A> = A extends { readonly content: infer C } ? OutputOf<C[keyof C]> : never;

/** An answer that the operation describes. */
type Success<O extends Operation> = {
  [S in keyof O['answers'] & number]: {
    readonly status: S;
    readonly headers?: Readonly<Record<string, string>>;
    /** The media type of a body that is no JSON. */
    readonly type?: string;
  } & (O['answers'][S] extends { readonly content: { readonly [LINES]: infer L } }
    ? { readonly lines: AsyncIterable<ReadonlyDeep<OutputOf<L>>> }
    : [ContentOf<O['answers'][S]>] extends [never]
      ? { readonly body?: never }
      : { readonly body: ReadonlyDeep<ContentOf<O['answers'][S]>> });
}[keyof O['answers'] & number];

/** A problem as a value. */
export interface Refusal<C extends ProblemCode = ProblemCode> extends ProblemDetails {
  readonly problem: C;
}

type ProblemOf<O extends Operation> =
  | (O['problems'] extends readonly (infer C extends ProblemCode)[] ? C : never)
  | (O['ifMatch'] extends string ? 'precondition-failed' : never)
  | 'invalid-body'
  | 'forbidden';

/** What a handler may answer: the operation's own answers and problems, and no others. */
export type Reply<O extends Operation = Operation> = Success<O> | Refusal<ProblemOf<O>>;

export type Handler<O extends Operation> = (call: Call<O>) => Promise<Reply<O>>;
