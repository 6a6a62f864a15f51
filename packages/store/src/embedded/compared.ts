import { comparedEntry, comparedIdentity, type Channel, type IdentityName } from '@herald/contracts';

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

/** An entry of the suppression list as a key of SQLite, in the form in which entries are compared. */
export const addressKey = (channel: Channel, address: string): string => storable(comparedEntry(channel, address));
