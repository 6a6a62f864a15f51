/**
 * Stands for a value in the text around it. It is a noncharacter: no template may contain it (`parseTemplate`), and
 * nothing that a tokenizer does to text concerns it.
 */
export const VALUE = '\uFDD0';

/** Which schemes an address may have: of HTML's links and pictures, and of a push message. */
export const HTML_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel', 'sms', 'cid']);
export const PUSH_SCHEMES: ReadonlySet<string> = new Set(['https']);

/** How a value is written inside of an address: `mailto` keeps @, `tel` keeps + in front of the question mark. */
export type Component = 'component' | 'mailto' | 'tel';

/** Where an address stands after what has been written of it. */
export type AddressPlace =
  /** Nothing yet: a value is the whole address, or its beginning. */
  | { readonly at: 'start' }
  /** Begun, and the scheme may still come. */
  | { readonly at: 'open'; readonly head: string }
  /** Behind the scheme: empty in an address that has none, `VALUE` in one that began with a value. */
  | { readonly at: 'inside'; readonly scheme: string; readonly component: Component }
  /** No value may stand in it. `always`: the address is wrong whatever follows. */
  | { readonly at: 'refused'; readonly message: string; readonly always: boolean };

/**
 * Reads an address as far as it is written, with `VALUE` for each value in it. Browsers drop tabs and line ends, and
 * control characters in front; so does this.
 */
export function addressAt(written: string, schemes: ReadonlySet<string>): AddressPlace {
  const text = written.replace(/[\t\n\r]/g, '').replace(/^[\p{Cc} ]+/u, '');
  if (text === '') return { at: 'start' };
  const end = text.search(/[:/?#\\]/);
  if (end < 0) return { at: 'open', head: text };
  const scheme = text.slice(0, end).toLowerCase();
  if (text[end] !== ':') return { at: 'inside', scheme: scheme.startsWith(VALUE) ? VALUE : '', component: 'component' };
  if (scheme.includes(VALUE)) {
    const message =
      'what stands before the first ":" of an address cannot be a value: write https://… around it, or pass the whole address as one value';
    return { at: 'refused', message, always: true };
  }
  if (!schemes.has(scheme)) {
    const message = `a value cannot stand in an address that begins with "${scheme.slice(0, 30)}:": there are ${[...schemes].join(', ')}`;
    return { at: 'refused', message, always: false };
  }
  const query = text.includes('?', end);
  const keeps = query
    ? 'component'
    : scheme === 'mailto'
      ? 'mailto'
      : scheme === 'tel' || scheme === 'sms'
        ? 'tel'
        : 'component';
  return { at: 'inside', scheme, component: keeps };
}

/** Places with the same key have the same future. */
export const addressKey = (place: AddressPlace): string =>
  place.at === 'open'
    ? `open ${place.head}`
    : place.at === 'inside'
      ? `inside ${place.scheme} ${place.component}`
      : place.at;

/** What is printed for a whole address whose scheme is not allowed. */
export const HARMLESS_ADDRESS = '#';

// A scheme that is known to be harmless, or none: then what stands before the first / ? # has no colon, and nothing that
// a careless reader may take for one or skip (entities, backslashes, white space, control characters).
const ALLOWED = /^(?:(?:https?|mailto|tel|sms):|[^\p{Cc}\s&\\:/?#]*(?:[/?#]|$))\P{Cc}*$/iu;

/** The address as it is, without white space at its ends; one that cannot be proven harmless is replaced. */
export function harmlessAddress(value: string): string {
  const address = value.trim();
  return ALLOWED.test(address) ? address : HARMLESS_ADDRESS;
}

/** Percent-encoded: only unreserved characters of RFC 3986 remain, so it is safe in quotes, HTML and text too. */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
