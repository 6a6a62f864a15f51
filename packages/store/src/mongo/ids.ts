import { hash } from 'node:crypto';

type Part = string | number | null;

/**
 * One text for several, whatever they hold, and different for any other ones: the JSON of their list, which is well
 * formed where a part is not (the database would take all half surrogate pairs for the same). Longer parts stand as their
 * hash, so that a key stays short. Of what a tenant owns, org and sandbox come first.
 */
export const idOf = (owner: Owner, ...parts: Part[]): string =>
  JSON.stringify([owner.org, owner.sandbox, ...parts].map(bounded));

/** Null: what was not readable as a message belongs to nobody. */
export interface Owner {
  readonly org: string | null;
  readonly sandbox: string | null;
}

const LONGEST = 200;

/** A list cannot be mistaken for a text that somebody chose. */
const bounded = (part: Part): Part | [string] =>
  typeof part === 'string' && part.length > LONGEST ? [hash('sha256', JSON.stringify(part), 'base64url')] : part;

/** All ids with these parts and more. */
export function idsUnder(owner: Owner, ...parts: Part[]): { readonly $gt: string; readonly $lt: string } {
  const open = idOf(owner, ...parts).slice(0, -1);
  // "," is followed by "-" in the alphabet.
  return { $gt: `${open},`, $lt: `${open}-` };
}
