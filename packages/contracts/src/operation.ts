import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from './problems.ts';
import type { Scope } from './key.ts';

/** What the operations are about, in the order in which they are shown. */
export const TAGS = {
  Executions: 'Send a campaign to people: the contract of Adobe Journey Optimizer.',
  Messages: 'What became of each call and of each of its recipients.',
  Campaigns: 'What to send. A change makes a new version beside the one that calls use.',
  'Templates and fragments': 'Content to begin with, and content to share.',
  Surfaces: "How a channel's messages are sent.",
  Profiles: 'Who people are.',
  Suppressions: 'Addresses that get nothing, from the next message on.',
  'Dead letters': 'What was given up.',
  Feedback: 'What providers and mail servers say of a message later: evidence, which never changes its state.',
  Webhooks: 'Who is told of what became of messages.',
  'Adobe Journey Optimizer':
    'What its clients call, beside executions: docs/ajo-compatibility.md says what is different.',
  Keys: 'Who may call.',
  Audit: 'Who changed what, and when.',
  Inbox: 'What the local mail server, SMS service and push service received, where Herald was started with them.',
  Server: 'Health, metrics, and this description.',
} as const;
export type Tag = keyof typeof TAGS;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
/** Headers that an answer may have beside those of its content. */
export type AnswerHeader =
  'x-resource-id' | 'ETag' | 'Location' | 'Idempotent-Replayed' | 'Cache-Control' | 'Content-Security-Policy';

export interface OperationAnswer {
  readonly description: string;
  /** By media type. Absent: the answer has no body. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
  /** Always there, but for `Idempotent-Replayed`. */
  readonly headers?: readonly AnswerHeader[];
  /** What can be done next, by operation: where its path parameters stand in the body, as JSON pointers. */
  readonly links?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * One operation of the HTTP API, as data: routes are mounted from it, requests are parsed with it, the OpenAPI document
 * is made of it.
 */
export interface Operation {
  /** Unique; the name of the method in generated clients. */
  readonly id: string;
  readonly method: Method;
  /** As OpenAPI writes it: `/v1/surfaces/{id}`. */
  readonly path: string;
  /** The name of the path's last parameter, where its value may hold slashes, encoded or not. */
  readonly slashes?: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The scope that the key must have; `any`: a valid key; `none`: no key. */
  readonly access: Scope | 'any' | 'none';
  /** The parameters of the path. */
  readonly params?: z.ZodObject;
  /** Absent: there are none, and every one is refused (but where no key is needed, and in the execution API). */
  readonly query?: z.ZodObject;
  /** JSON. */
  readonly body?: {
    readonly schema: z.ZodType;
    /** Bytes. */
    readonly limit: number;
    /** It may also come as NDJSON (`application/x-ndjson`): one of these per line. */
    readonly lines?: z.ZodType;
    /** Media types that are JSON, beside `application/json`. */
    readonly types?: readonly string[];
    /** These media types in place of JSON. The handler is given the bytes, and reads them: they may have to be as they came. */
    readonly raw?: readonly string[];
    /** It may be left out; then it is `{}`. */
    readonly optional?: true;
    /** The handler parses it, with what it knows better than the schema. */
    readonly late?: true;
    /** A line of JSON for each of any number of things: schema and limit are those of one line; the handler reads them. */
    readonly stream?: true;
  };
  readonly ifMatch?: 'required' | 'optional';
  /** Every answer that is no problem, by status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** Beside those that follow from the rest of the description. */
  readonly problems?: readonly ProblemCode[];
}

/** Keeps the operation's exact type, from which that of its handler follows. */
export const operation = <const O extends Operation>(one: O): O => one;

/** An answer with a JSON body. */
export const json = <const S extends z.ZodType, const H extends readonly AnswerHeader[] = []>(
  description: string,
  schema: S,
  headers?: H,
): { description: string; content: { 'application/json': S }; headers?: H } => ({
  description,
  content: { 'application/json': schema },
  ...(headers === undefined ? {} : { headers }),
});

/** Text with a line of JSON for each of any number of things. */
export const LINES = 'application/x-ndjson';

/** An answer that comes a line of JSON at a time. */
export const lines = <const S extends z.ZodType>(
  description: string,
  schema: S,
): { description: string; content: { [LINES]: S } } => ({ description, content: { [LINES]: schema } });

/** The path of most things. */
export const idParamsSchema = z.strictObject({ id: z.string() });

/** Every problem that an operation can answer with, by status and number. */
export function problemsOf({ access, body, ifMatch, problems = [] }: Operation): ProblemCode[] {
  const codes = new Set<ProblemCode>(['head-too-large', 'request-timeout', 'internal', ...problems]);
  const add = (...more: readonly ProblemCode[]): void => more.forEach((code) => codes.add(code));
  if (access !== 'none') add('invalid-body', 'unauthenticated', 'forbidden', 'rate-limited', 'unavailable');
  if (body !== undefined) add('invalid-body', 'unsupported-media-type');
  // A line that is too large is told among the lines.
  if (body !== undefined && !body.stream) add('too-large');
  if (ifMatch !== undefined) add('precondition-failed');
  if (ifMatch === 'required') add('precondition-required');
  return [...codes].toSorted(
    (a, b) => PROBLEMS[a].status - PROBLEMS[b].status || PROBLEMS[a].number - PROBLEMS[b].number,
  );
}
