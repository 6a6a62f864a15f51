/** The part that is used here: opening a push (RFC 8291) that was sealed for a device. Throws when it was not. */
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  export function decrypt(
    sealed: Buffer,
    keys: { readonly version: 'aes128gcm'; readonly privateKey: ECDH; readonly authSecret: Buffer },
  ): Buffer;
}
