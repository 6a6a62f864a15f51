import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';

const claimsSchema = z.object({ aud: z.string(), exp: z.number(), sub: z.string().optional() });
const DAY_S = 86_400;

export type Vapid =
  | { readonly ok: true; readonly subject: string }
  /** What keeps a push service from believing it. */
  | { readonly ok: false; readonly problem: string };

/**
 * Reads an `Authorization` (RFC 8292) as a push service does. `origin` is the service's own, `publicKey` the one that
 * the subscription was made for, `now` milliseconds since the epoch.
 */
export function readVapid(
  authorization: string,
  { origin, publicKey, now }: { readonly origin: string; readonly publicKey: string; readonly now: number },
): Vapid {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  if (key === '') return problem('no VAPID signature');
  if (key !== publicKey) return problem('the subscription was made with another key');
  const [header = '', payload = '', signature = ''] = token.split('.');
  if (!isSigned(`${header}.${payload}`, signature, key)) return problem('a wrong signature');
  const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  if (!claims.success) return problem('claims are missing');
  const { aud, exp, sub = '' } = claims.data;
  if (aud !== origin) return problem('signed for another push service');
  const seconds = now / 1_000;
  if (exp <= seconds || exp > seconds + DAY_S) return problem('expired, or valid for too long');
  return { ok: true, subject: sub };
}

const problem = (text: string): Vapid => ({ ok: false, problem: text });

function isSigned(text: string, signature: string, publicKey: string): boolean {
  const point = Buffer.from(publicKey, 'base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}
