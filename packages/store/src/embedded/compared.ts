/**
 * A text as a key of SQLite, whose encoding knows no half surrogate pair and would make all of them the same. The
 * escaped form cannot be mistaken for another caller's: it only ever stands for an identity of the same tenant.
 */
const storable = (text: string): string => (text.isWellFormed() ? text : JSON.stringify(text));

/** Namespace and value in the form in which identities are compared. */
export function comparedIdentity(identity: { readonly namespace: string; readonly value: string }): [string, string] {
  const namespace = identity.namespace.trim().toLowerCase();
  const value = identity.value.trim();
  return [storable(namespace), storable(namespace === 'email' ? value.toLowerCase() : value)];
}

/** A delivery address in the form in which suppressions are compared. */
export const comparedAddress = (address: string): string => storable(address.trim().toLowerCase());
