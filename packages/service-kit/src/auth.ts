import type { Clock, Scope, Tenant } from '@herald/contracts';
import type { KeyRecord } from '@herald/store';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Catalog } from './catalog.ts';
import { hashKey } from './keys.ts';
import { sendProblem } from './problem.ts';
import { createRates } from './rates.ts';

/** Who makes the request: in `response.locals.caller` behind `authenticate`. */
export interface Caller extends Tenant {
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

export const callerOf = (response: Response): Caller => {
  const { caller }: { caller?: Caller } = response.locals;
  if (caller === undefined) throw new Error('the route is not behind authenticate');
  return caller;
};

export interface AuthenticateDeps {
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** Calls per second of a key without a limit of its own; absent: as many as it likes. */
  readonly keyRateLimit?: number | undefined;
}

/**
 * Lets requests with a valid key through, at the rate that the key may have; there is one for the whole process. The
 * organisation and the sandbox are the key's own; headers that name others are refused, whatever the key's scopes.
 */
export function authenticate({ catalog, clock, keyRateLimit }: AuthenticateDeps): RequestHandler {
  const take = createRates(clock);

  function admit(request: Request, response: Response, key: KeyRecord): boolean {
    if (!valid(request, response, key, clock)) return false;
    const perSecond = key.rateLimit ?? keyRateLimit;
    if (perSecond !== undefined) {
      const retryAfterSeconds = take(key.hash, perSecond);
      if (retryAfterSeconds > 0) {
        const detail = `the key may make ${perSecond} calls per second`;
        sendProblem(response, 'rate-limited', { detail, retryAfterSeconds });
        return false;
      }
    }
    const caller: Caller = { keyId: key.id, org: key.org, sandbox: key.sandbox, scopes: key.scopes };
    response.locals['caller'] = caller;
    return true;
  }

  async function admitUnseen(hash: string, request: Request, response: Response, next: NextFunction): Promise<void> {
    const found = await catalog.key(hash);
    if (found === undefined) unauthenticated(response, 'the key is not known');
    else if (admit(request, response, found)) next();
  }

  return (request, response, next) => {
    const key = keyOf(request);
    if (key === undefined) {
      unauthenticated(response, 'the request has no key');
      return undefined;
    }
    const hash = hashKey(key);
    const known = catalog.peekKey(hash);
    // A key that was used before costs no promise: it is on the way of every call.
    if (known === undefined) return admitUnseen(hash, request, response, next);
    if (admit(request, response, known)) next();
    return undefined;
  };
}

/** Behind `authenticate`: the key must have this scope. */
export function requireScope(scope: Scope): RequestHandler {
  return (_request, response, next) => {
    if (callerOf(response).scopes.includes(scope)) next();
    else sendProblem(response, 'forbidden', { detail: `the key does not have the scope "${scope}"` });
  };
}

function valid(request: Request, response: Response, key: KeyRecord, clock: Clock): boolean {
  if (key.revokedAt !== undefined) return unauthenticated(response, 'the key is revoked');
  if (key.expiresAt !== undefined && clock.now() >= Date.parse(key.expiresAt)) {
    return unauthenticated(response, 'the key is expired');
  }
  if ((request.headers['x-gw-ims-org-id'] ?? key.org) !== key.org) {
    return forbidden(response, 'the key belongs to another organisation than x-gw-ims-org-id names');
  }
  if ((request.headers['x-sandbox-name'] ?? key.sandbox) !== key.sandbox) {
    return forbidden(response, 'the key belongs to another sandbox than x-sandbox-name names');
  }
  return true;
}

/** `Authorization` decides where it is present; `x-api-key` counts only without it. */
function keyOf({ headers }: Request): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const key = headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function unauthenticated(response: Response, detail: string): false {
  response.setHeader('WWW-Authenticate', 'Bearer realm="herald"');
  sendProblem(response, 'unauthenticated', { detail });
  return false;
}

function forbidden(response: Response, detail: string): false {
  sendProblem(response, 'forbidden', { detail });
  return false;
}
