/** How a value may stand in an attribute, or why it may not. */
export type AttributeUse =
  { readonly kind: 'text' | 'address' } | { readonly kind: 'refused'; readonly message: string };

const TEXT: ReadonlySet<string> = new Set(
  (
    'abbr align alt axis bgcolor border bordercolor cellpadding cellspacing class clear color colspan cols datetime dir ' +
    'headers height high hspace id label lang low max maxlength min name nowrap optimum placeholder role rows rowspan rules ' +
    'scope size span start summary tabindex title valign value vspace width'
  ).split(' '),
);

/** By attribute, the elements in which it is an address that is followed or shown, and runs nothing. */
const ADDRESSES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['href', new Set(['a', 'area'])],
  ['src', new Set(['img', 'audio', 'video', 'source', 'track'])],
  ['poster', new Set(['video'])],
  ['background', new Set(['body', 'table', 'thead', 'tbody', 'tfoot', 'tr', 'td', 'th'])],
  ['cite', new Set(['blockquote', 'q', 'del', 'ins'])],
]);

/** Elements that load or run what their attributes say, whatever these are called. */
const ACTIVE: ReadonlySet<string> = new Set(
  'script style link meta base iframe frame object embed applet param'.split(' '),
);

const REASONS: ReadonlyMap<string, string> = new Map([
  ['style', 'values are not allowed in styles: choose a class, or write the cases out in {{#if}}'],
  ['srcset', 'values are not allowed in lists of addresses ("srcset"): use src'],
  ['srcdoc', 'values are not allowed in documents inside of attributes ("srcdoc")'],
]);

/** Both in lower case. Whatever is not known to be harmless is refused. */
export function attributeUse(tag: string, attribute: string): AttributeUse {
  const refused = (message: string): AttributeUse => ({ kind: 'refused', message });
  if (attribute.startsWith('on')) return refused(`values are not allowed in event handlers ("${short(attribute)}")`);
  const reason = REASONS.get(attribute);
  if (reason !== undefined) return refused(reason);
  if (ACTIVE.has(tag)) return refused(`values are not allowed in the attributes of <${tag}>`);
  if (TEXT.has(attribute) || /^(?:aria|data)-[a-z0-9_.-]+$/.test(attribute)) return { kind: 'text' };
  if (ADDRESSES.get(attribute)?.has(tag) === true) return { kind: 'address' };
  return refused(`values are not allowed in the attribute "${short(attribute)}" of <${short(tag)}>`);
}

/** A name out of the template, for a message. */
export const short = (name: string): string => (name.length > 40 ? `${name.slice(0, 40)}…` : name);

/** Elements whose content is text for the tokenizer; only in these two can a value be escaped. */
export const ESCAPABLE_TEXT: ReadonlySet<string> = new Set(['title', 'textarea']);
export const RAW_TEXT: ReadonlySet<string> = new Set(['style', 'xmp', 'iframe', 'noembed', 'noframes']);

/** Elements with which the reader of a message may see other tags than we do. */
export const REFUSED_ELEMENTS: ReadonlyMap<string, string> = new Map([
  ['plaintext', '<plaintext> turns the rest of the message into text'],
  ['noscript', '<noscript> is read in two ways: mail readers run no scripts, so its content can stand on its own'],
  ['frameset', '<frameset> is not supported'],
]);

/** In these a reader takes titles, styles and scripts for ordinary elements, or drops them. */
export const OTHER_RULES: ReadonlySet<string> = new Set(['svg', 'math', 'select']);
