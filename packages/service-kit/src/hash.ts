import { createHmac, createSecretKey } from 'node:crypto';
import { comparedAddress, comparedIdentity, type Channel, type Tenant } from '@herald/contracts';

/** Stands in for what must not be stored or put on a topic in the clear. 22 characters: 132 bits. */
export interface Hasher {
  /** The same for every spelling that the store takes for one identity. */
  identity(tenant: Tenant, namespace: string, value: string): string;
  /** Of a delivery address, or the part of one that is counted by. */
  address(tenant: Tenant, channel: Channel, address: string): string;
  /** Signs a message's return path: 64 bits, in lower-case hex, which survives whatever a mail server does to it. */
  returnPath(messageId: string): string;
  /** Of a request's canonical text. */
  body(canonical: string): string;
}

const LENGTH = 22;

export function createHasher(hmacKey: string): Hasher {
  const key = createSecretKey(Buffer.from(hmacKey));
  const hash = (purpose: string, text: string): string =>
    createHmac('sha256', key).update(purpose).update(text).digest('base64url').slice(0, LENGTH);
  return {
    identity: ({ org, sandbox }, namespace, value) => {
      return hash('identity\n', JSON.stringify([org, sandbox, ...comparedIdentity({ namespace, value })]));
    },
    address: ({ org, sandbox }, channel, address) => {
      return hash('address\n', JSON.stringify([org, sandbox, channel, comparedAddress(channel, address)]));
    },
    returnPath: (messageId) =>
      createHmac('sha256', key).update('return-path\n').update(messageId).digest('hex').slice(0, 16),
    body: (canonical) => hash('body\n', canonical),
  };
}
