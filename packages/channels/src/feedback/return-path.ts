import { timingSafeEqual } from 'node:crypto';

/** Addresses at one domain, each for the bounces of one message. */
export interface ReturnPaths {
  /** At most 61 characters before the `@`, all of them in lower case; undefined where the id is none of Herald's. */
  of(messageId: string): string | undefined;
  /** The message of an address, if it was made here: nobody can make one for another message. Undefined: it was not. */
  read(address: string): string | undefined;
  /** Where complaints may be sent, whatever message they are about. */
  readonly complaints: string;
}

const ID = /^HUMA-([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\.(\d{1,4})$/;
const LOCAL = /^bounce\+([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})-(\d{1,4})\.([0-9a-f]{16})$/;

/**
 * Variable envelope return paths, `bounce+<message>.<signature>@<domain>`. Servers may change the case of a local part
 * and nothing else of it. `sign` gives 16 hexadecimal digits.
 */
export function createReturnPaths(domain: string, sign: (messageId: string) => string): ReturnPaths {
  return {
    complaints: `complaints@${domain}`,
    of(messageId) {
      const [, a = '', b = '', c = '', d = '', e = '', index = ''] = ID.exec(messageId) ?? [];
      return a === '' ? undefined : `bounce+${a}${b}${c}${d}${e}-${index}.${sign(messageId)}@${domain}`;
    },
    read(address) {
      const folded = address.trim().toLowerCase();
      if (!folded.endsWith(`@${domain}`)) return undefined;
      const found = LOCAL.exec(folded.slice(0, -domain.length - 1));
      if (found === null) return undefined;
      const [, a, b, c, d, e, index, signature = ''] = found;
      const messageId = `HUMA-${a}-${b}-${c}-${d}-${e}.${index}`;
      return timingSafeEqual(Buffer.from(sign(messageId)), Buffer.from(signature)) ? messageId : undefined;
    },
  };
}
