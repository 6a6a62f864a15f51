import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';

const claimsSchema = z.object({ aud: z.string(), exp: z.number(), sub: z.string().optional() });
const DAY_S = 86_400;

/**
 * What keeps a push service from believing an `Authorization` (RFC 8292); undefined when nothing does. `origin` is the
 * service's own, `publicKey` the one that the subscription was made for, `now` milliseconds since the epoch.
 */
export function vapidProblem(
  authorization: string,
  { origin, publicKey, now }: { readonly origin: string; readonly publicKey: string; readonly now: number },
): string | undefined {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  if (key === '') return 'no VAPID signature';
  if (key !== publicKey) return 'the subscription was made with another key';
  const [header = '', payload = '', signature = ''] = token.split('.');
  const signed = Buffer.from(`${header}.${payload}`);
  const point = Buffer.from(key, 'base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const verifier = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', signed, verifier, Buffer.from(signature, 'base64url'))) return 'a wrong signature';
  const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  if (!claims.success) return 'claims are missing';
  const { aud, exp } = claims.data;
  if (aud !== origin) return 'signed for another push service';
  const seconds = now / 1_000;
  return exp > seconds && exp <= seconds + DAY_S ? undefined : 'expired, or valid for too long';
}
