import { comparedIdentity, type Channel, type IdentityName } from '@herald/contracts';
import { normalAddress } from '../normal.ts';

/**
 * A text as a key of SQLite, whose encoding knows no half surrogate pair and would make all of them the same. Those are
 * escaped, and with them whatever looks escaped.
 */
export const storable = (text: string): string =>
  text.isWellFormed() && !text.startsWith('"') ? text : JSON.stringify(text);

/** Namespace and value as keys of SQLite, in the form in which identities are compared. */
export function identityKey(identity: IdentityName): [namespace: string, value: string] {
  const [namespace, value] = comparedIdentity(identity);
  return [storable(namespace), storable(value)];
}

/** A delivery address in the form in which suppressions are compared. */
export const comparedAddress = (channel: Channel, address: string): string => storable(normalAddress(channel, address));
