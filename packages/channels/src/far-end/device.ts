import { createECDH, randomBytes } from 'node:crypto';
import type { PushSubscription } from '@herald/contracts';
import ece from 'http_ece';

/** What a browser has of a push subscription: the keys that it hands out, and those that it keeps. */
export interface Device {
  readonly keys: PushSubscription['keys'];
  /** The payload of a push that was sealed for this device. Throws when it was not. */
  open(sealed: Buffer): Buffer;
}

export function createDevice(): Device {
  const privateKey = createECDH('prime256v1');
  const authSecret = randomBytes(16);
  return {
    keys: { p256dh: privateKey.generateKeys('base64url'), auth: authSecret.toString('base64url') },
    open: (sealed) => ece.decrypt(sealed, { version: 'aes128gcm', privateKey, authSecret }),
  };
}
