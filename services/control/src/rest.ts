import type { Bus } from '@herald/bus';
import type { PageQuery, ProviderView, Runtime, Tenant } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';
import {
  refuse,
  reply,
  type Call,
  type Catalog,
  type Config,
  type Hasher,
  type Log,
  type Refusal,
  type Webhooks,
} from '@herald/service-kit';
import type { PageRequest, Store } from '@herald/store';
import type { RequestHandler } from 'express';

export interface ControlDeps {
  readonly store: Store;
  readonly bus: Bus;
  readonly catalog: Catalog;
  readonly pipeline: Pick<Pipeline, 'store' | 'runtime' | 'publish'> & {
    readonly settings: Pick<Pipeline['settings'], 'ladderMs'>;
  };
  readonly hasher: Hasher;
  readonly webhooks: Webhooks;
  readonly authenticated: RequestHandler;
  readonly runtime: Runtime;
  readonly config: Pick<
    Config,
    'publicUrl' | 'vapidPublicKey' | 'topicRetentionMs' | 'sweepGraceMs' | 'recordRetentionDays' | 'reviewSandboxes'
  >;
  /** Those that this process knows of. */
  readonly providers: readonly ProviderView[];
  readonly log: Log;
}

export const tenantOf = ({ caller: { org, sandbox } }: Pick<Call, 'caller'>): Tenant => ({ org, sandbox });

/** The page that a parsed query asks for. */
export const pageOf = ({ limit, cursor }: PageQuery): PageRequest =>
  cursor === undefined ? { limit } : { limit, cursor };

/** Answers with a page. A cursor that the store does not know is the caller's mistake. */
export async function paged<P>(
  read: () => Promise<P>,
): Promise<ReturnType<typeof reply<200, P>> | Refusal<'invalid-body'>> {
  try {
    return reply(200, await read());
  } catch (error) {
    if (!(Error.isError(error) && error.name === 'RangeError' && error.message === 'cursor')) throw error;
    const detail = 'cursor must be the `next` of an earlier page';
    return refuse('invalid-body', { detail, context: { field: 'cursor' } });
  }
}

export const missing = (what: string): Refusal<'not-found'> =>
  refuse('not-found', { detail: `there is no such ${what} in this sandbox` });

interface Revised {
  readonly revision: number;
}

/** Answers with a thing that has a revision. */
export const revised = <T extends Revised>(body: T) => reply(200, body, { ETag: etagOf(body) });

/** Answers with a new thing, which is at `path` of the API. */
export const created = <T extends Revised>({ publicUrl = '' }: ControlDeps['config'], path: string, body: T) =>
  reply(201, body, { ETag: etagOf(body), Location: `${publicUrl}${path}` });

const etagOf = ({ revision }: Revised): string => `"${revision}"`;

/** What is to be answered when `If-Match` is there and does not name the revision. */
export function stale({ request }: Pick<Call, 'request'>, thing: Revised): Refusal<'precondition-failed'> | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const named = header.split(',').map((tag) => tag.trim());
  return named.includes(etagOf(thing)) ? undefined : changed(thing);
}

/** It has another revision by now. */
export const changed = (thing?: Revised): Refusal<'precondition-failed'> =>
  refuse('precondition-failed', thing === undefined ? {} : { detail: `it is at revision ${etagOf(thing)} now` });
