import { LRUCache } from 'lru-cache';
import webPush from 'web-push';

/** Who sends (RFC 8292): the keys in base64url, and where a push service finds somebody responsible. */
export interface VapidIdentity {
  readonly publicKey: string;
  readonly privateKey: string;
  /** `mailto:…` or `https://…`. */
  readonly subject: string;
}

/** The `Authorization` for an origin, at a time in milliseconds since the epoch. */
export type Vapid = (origin: string, now: number) => string;

const HOUR_MS = 3_600_000;
const MAX_ORIGINS = 1_000;

/**
 * Signs once per origin and hour: a signature costs more than all else about a push. Throws when the identity is none.
 */
export function createVapid({ publicKey, privateKey, subject }: VapidIdentity): Vapid {
  const signed = new LRUCache<string, { readonly authorization: string; readonly at: number }>({ max: MAX_ORIGINS });
  // Valid for twelve hours unless told.
  const sign = (origin: string): string =>
    webPush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm').Authorization;
  sign('https://push.example');

  return (origin, now) => {
    const known = signed.get(origin);
    if (known !== undefined && Math.abs(now - known.at) < HOUR_MS) return known.authorization;
    const authorization = sign(origin);
    signed.set(origin, { authorization, at: now });
    return authorization;
  };
}
