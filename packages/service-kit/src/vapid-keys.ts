import { createECDH } from 'node:crypto';

const CURVE = 'prime256v1';

/** A new private key (RFC 8292) in base64url: always 32 bytes, where the number itself may be shorter. */
export function newVapidPrivateKey(): string {
  const keys = createECDH(CURVE);
  keys.generateKeys();
  const key = keys.getPrivateKey();
  return Buffer.concat([Buffer.alloc(32 - key.length), key]).toString('base64url');
}

/** The public key that belongs to a private one, both in base64url; undefined when it is none. */
export function vapidPublicKeyOf(privateKey: string): string | undefined {
  const key = Buffer.from(privateKey, 'base64url');
  if (key.length !== 32) return undefined;
  const keys = createECDH(CURVE);
  try {
    keys.setPrivateKey(key);
  } catch {
    return undefined;
  }
  return keys.getPublicKey('base64url');
}
