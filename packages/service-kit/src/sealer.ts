import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps secrets that are stored: AES-256-GCM, bound to what each belongs to. */
export interface Sealer {
  /** `owner` is not secret; the text is opened with the same one only. */
  seal(owner: readonly string[], text: string): string;
  /** Undefined: it was sealed for another owner or with another key, or is damaged. */
  open(owner: readonly string[], sealed: string): string | undefined;
}

const VERSION = 's1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Of the installation's own key, by HKDF: every process has it, and what is stored is worth nothing without it. */
export function createSealer(hmacKey: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', hmacKey, '', 'herald stored secrets', 32));
  return {
    seal(owner, text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(JSON.stringify(owner)));
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return VERSION + sealed.toString('base64url');
    },
    open(owner, text) {
      if (!text.startsWith(VERSION)) return undefined;
      const sealed = Buffer.from(text.slice(VERSION.length), 'base64url');
      if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(JSON.stringify(owner)))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
