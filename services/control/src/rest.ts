import { LIMITS, type Tenant } from '@herald/contracts';
import type { Bus } from '@herald/bus';
import {
  authenticate,
  callerOf,
  parseWith,
  readJson,
  requireScope,
  sendProblem,
  type Catalog,
  type Config,
  type Log,
} from '@herald/service-kit';
import type { Runtime } from '@herald/contracts';
import type { Page, PageRequest, Store } from '@herald/store';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

export interface ControlDeps {
  readonly store: Store;
  readonly bus: Bus;
  readonly catalog: Catalog;
  readonly runtime: Runtime;
  readonly config: Pick<Config, 'publicUrl'>;
  readonly log: Log;
}

/** What stands before each handler: the key, its scope, and the body where there is one. */
export interface Guards {
  readonly read: RequestHandler[];
  readonly control: RequestHandler[];
  readonly controlWithBody: RequestHandler[];
  readonly keys: RequestHandler[];
  readonly keysWithBody: RequestHandler[];
}

export function createGuards({ catalog, runtime }: ControlDeps): Guards {
  const authenticated = authenticate({ catalog, clock: runtime.clock });
  const body = readJson(LIMITS.requestBytes);
  const control = [authenticated, requireScope('control')];
  const keys = [authenticated, requireScope('keys')];
  return {
    read: [authenticated, requireScope('read')],
    control,
    controlWithBody: [...control, body],
    keys,
    keysWithBody: [...keys, body],
  };
}

export const tenantOf = (response: Response): Tenant => {
  const { org, sandbox } = callerOf(response);
  return { org, sandbox };
};

export const param = (request: Request, name: string): string => String(request.params[name]);

/** The parsed value; undefined when it is not valid, and then the answer is given. */
export function accepted<S extends z.ZodType>(response: Response, schema: S, value: unknown): z.output<S> | undefined {
  const parsed = parseWith(schema, value);
  if (parsed.ok) return parsed.value;
  const { field, message } = parsed;
  sendProblem(response, 'invalid-body', { detail: `${field} ${message}`, context: { field } });
  return undefined;
}

export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a number from 1 to 100')
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
  cursor: z.string().min(1).max(500).optional(),
});

/** The page that a parsed query asks for. */
export const pageOf = ({ limit, cursor }: z.output<typeof pageQuery>): PageRequest =>
  cursor === undefined ? { limit } : { limit, cursor };

/** Answers with a page: `{ items, next? }`. A cursor that the store does not know is the caller's mistake. */
export async function sendPage<T>(response: Response, read: () => Promise<Page<T>>): Promise<void> {
  let page: Page<T>;
  try {
    page = await read();
  } catch (error) {
    if (!(Error.isError(error) && error.name === 'RangeError' && error.message === 'cursor')) throw error;
    const detail = 'cursor must be the `next` of an earlier page';
    sendProblem(response, 'invalid-body', { detail, context: { field: 'cursor' } });
    return;
  }
  response.json(page);
}

export const sendMissing = (response: Response, what: string): void =>
  sendProblem(response, 'not-found', { detail: `there is no such ${what} in this sandbox` });

/** Answers with a thing that has a revision. */
export function sendRevision(response: Response, thing: { readonly revision: number }): void {
  response.setHeader('ETag', `"${thing.revision}"`);
  response.json(thing);
}

export function sendCreated(response: Response, location: string, thing: { readonly revision: number }): void {
  response.status(201).setHeader('Location', location);
  sendRevision(response, thing);
}

/** True when `If-Match` names the revision; otherwise the answer is given. */
export function ifMatch(request: Request, response: Response, revision: number): boolean {
  const header = request.headers['if-match'];
  if (header === undefined) {
    sendProblem(response, 'precondition-required');
    return false;
  }
  return stillAt(header, response, revision);
}

/** The same where the header may be left out. */
export function ifMatchWhereGiven(request: Request, response: Response, revision: number): boolean {
  const header = request.headers['if-match'];
  return header === undefined || stillAt(header, response, revision);
}

function stillAt(header: string, response: Response, revision: number): boolean {
  if (header === '*' || header === `"${revision}"`) return true;
  sendConflict(response, revision);
  return false;
}

export function sendConflict(response: Response, revision?: number): void {
  const detail = revision === undefined ? undefined : `it is at revision "${revision}" now`;
  sendProblem(response, 'precondition-failed', detail === undefined ? {} : { detail });
}
