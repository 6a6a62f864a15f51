import type { z } from 'zod';

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `field` as in `recipients[3].userId`; `message` goes on from there: "must be …", "is required". */
  | { readonly ok: false; readonly field: string; readonly message: string };

/** Checks a value against a schema and reports the first thing that is wrong, without quoting the value. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown): Parsed<z.output<S>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  if (issue === undefined) return { ok: false, field: 'body', message: 'is not valid' };
  if (issue.code === 'unrecognized_keys') {
    return { ok: false, field: fieldOf([...issue.path, issue.keys[0] ?? '']), message: 'is not a known field' };
  }
  return { ok: false, field: fieldOf(issue.path), message: messageOf(issue) };
}

const MAX_FIELD = 200;

function fieldOf(path: readonly PropertyKey[]): string {
  let field = '';
  for (const part of path) {
    if (typeof part === 'number') field += `[${part}]`;
    else field += field === '' ? String(part) : `.${String(part)}`;
  }
  return (field || 'body').slice(0, MAX_FIELD);
}

/** Types by names that callers know. */
const TYPE_NAMES: Readonly<Record<string, string>> = { record: 'object', int: 'integer' };

function messageOf(issue: z.core.$ZodIssue): string {
  // What is wrong with a name says more than that it is.
  const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
  if (issue.code === 'invalid_type') {
    return message.endsWith('received undefined')
      ? 'is required'
      : `must be of type ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
  }
  return message.startsWith('must ') || message.startsWith('is ')
    ? message
    : `is not valid: ${message.replace(/^Invalid input: /, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`;
}
