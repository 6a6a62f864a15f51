import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Older, and it may be one that somebody kept; younger, and a clock is wrong. */
const TOLERANCE_S = 300;

/**
 * Whether one of the keys signed these bytes, as https://www.standardwebhooks.com says. `now`: milliseconds since the
 * epoch. Compared in constant time, each key with each signature.
 */
export function isSigned(keys: readonly Buffer[], headers: IncomingHttpHeaders, body: Buffer, now: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_S) return false;
  const given = signatures
    .split(' ', MAX_SIGNATURES)
    .flatMap((one) => (one.startsWith('v1,') ? [Buffer.from(one.slice(3), 'base64')] : []));
  let signed = false;
  for (const key of keys) {
    const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    for (const one of given) if (one.length === wanted.length && timingSafeEqual(one, wanted)) signed = true;
  }
  return signed;
}

const MAX_SIGNATURES = 10;
