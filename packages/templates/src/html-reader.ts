import { Token, Tokenizer, TokenizerMode } from 'parse5';
import { ESCAPABLE_TEXT, OTHER_RULES, RAW_TEXT, REFUSED_ELEMENTS, short } from './html-values.ts';

/**
 * The tokenizer of parse5 with its unfinished token. parse5 exports it for other parsers without promising its shape: the
 * version is exact, and `proof.test.ts` holds what is found here against its parser.
 */
class Reader extends Tokenizer {
  get unfinished(): Token.Token | null {
    return this.currentToken;
  }

  get attribute(): Token.Attribute {
    return this.currentAttr;
  }
}

type State = Tokenizer['state'];

const nothing = (): void => {};
const SILENT = {
  onComment: nothing,
  onDoctype: nothing,
  onStartTag: nothing,
  onEndTag: nothing,
  onEof: nothing,
  onCharacter: nothing,
  onNullCharacter: nothing,
  onWhitespaceCharacter: nothing,
};

/** The tokenizer's states have numbers that are its own affair: they are asked for by example. */
function stateAfter(html: string): State {
  const reader = new Reader({}, SILENT);
  reader.write(html, false);
  return reader.state;
}

const DOUBLE_QUOTED = stateAfter('<a b="');
const SINGLE_QUOTED = stateAfter("<a b='");
const TAG_NAME = stateAfter('<a');
/** States inside of a tag in which an attribute's name has been begun, or its value without quotes. */
const NAMED: ReadonlySet<State> = new Set(['<a b', '<a b ', '<a b=', '<a b=c'].map(stateAfter));
const UNQUOTED: ReadonlySet<State> = new Set(['<a b=', '<a b=c'].map(stateAfter));
const IN_TAG: ReadonlySet<State> = new Set([TAG_NAME, ...NAMED, ...['<a ', '<a b="c"', '<a/'].map(stateAfter)]);

/** Where HTML stands. */
export type HtmlPlace = TextPlace | TagPlace | AttributePlace | ClosedPlace;

interface Strictness {
  /** Behind an element in which some readers go by other rules. */
  readonly strict: boolean;
}

interface TextPlace extends Strictness {
  readonly at: 'text';
  /** Whose content is nothing but text. */
  readonly element?: string;
}

/** Inside of a tag, between or in the names of its attributes. */
export interface TagPlace extends Strictness {
  readonly at: 'tag';
  readonly tag: string;
  readonly state: State;
  /** Of the attribute that has been begun, or empty. */
  readonly name: string;
  /** What has to be read again to come here. */
  readonly source: string;
}

/** Inside of an attribute's quotes. */
export interface AttributePlace extends Strictness {
  readonly at: 'attribute';
  readonly tag: string;
  readonly closing: boolean;
  readonly name: string;
  /** The tag has an attribute of that name already: readers keep the first, or the last. */
  readonly twice: boolean;
  readonly quote: string;
  /** What has been written of it, with `VALUE` for each value. */
  readonly value: string;
  readonly source: string;
}

/** Where nothing but the author's own text can stand. */
interface ClosedPlace extends Strictness {
  readonly at: 'closed';
  /** Completes "a value cannot stand …". */
  readonly words: string;
}

/** What is met on the way. Offsets count in the text that was given: 0 for what began before it. */
export interface HtmlEvents {
  startTag(token: Token.TagToken, offset: number, endOffset: number): void;
  endTag(token: Token.TagToken, endOffset: number): void;
  doctype(endOffset: number): void;
  refuse(offset: number, message: string): void;
}

/**
 * Reads on from a place. What a title, style or script holds is text for every reader, but for one that stands in
 * foreign content (SVG, MathML), or in a select: behind such an element (`strict`) they may not hold a `<`, nor values,
 * so that every reader sees the same tags.
 */
export function readHtml(place: HtmlPlace, text: string, events: HtmlEvents): HtmlPlace {
  const before = 'source' in place ? place.source : '';
  const html = before + text;
  let { strict } = place;
  let textElement = place.at === 'text' ? place.element : undefined;
  const startOf = ({ location }: Token.Token): number => Math.max(0, (location?.startOffset ?? 0) - before.length);
  const endOf = ({ location }: Token.Token): number => (location?.endOffset ?? 0) - before.length;

  const reader: Reader = new Reader(
    { sourceCodeLocationInfo: true },
    {
      ...SILENT,
      onStartTag: (token) => {
        const { tagName } = token;
        const refused = REFUSED_ELEMENTS.get(tagName);
        if (refused !== undefined) events.refuse(startOf(token), refused);
        strict ||= OTHER_RULES.has(tagName);
        textElement = modeOf(tagName) === undefined ? undefined : tagName;
        reader.state = modeOf(tagName) ?? TokenizerMode.DATA;
        events.startTag(token, startOf(token), endOf(token));
      },
      onEndTag: (token) => {
        textElement = undefined;
        events.endTag(token, endOf(token));
      },
      onComment: (token) => {
        if (token.data.startsWith('[CDATA[')) events.refuse(startOf(token), 'CDATA sections are not supported');
      },
      onDoctype: (token) => events.doctype(endOf(token)),
      onCharacter: (token) => {
        if (strict && textElement !== undefined && token.chars.includes('<')) {
          const message = `a "<" inside of <${textElement}> is not supported behind <svg>, <math> or <select>`;
          events.refuse(startOf(token), message);
        }
      },
    },
  );
  if (place.at === 'text' && place.element !== undefined) {
    reader.state = modeOf(place.element) ?? TokenizerMode.DATA;
    reader.lastStartTagName = place.element;
  }
  reader.write(html, false);
  reader.flushCharacters();
  return placeOf(reader, html, textElement, strict);
}

function placeOf(reader: Reader, html: string, textElement: string | undefined, strict: boolean): HtmlPlace {
  const { state, unfinished, attribute } = reader;
  const closed = (words: string): HtmlPlace => ({ at: 'closed', words, strict });
  if (textElement !== undefined) {
    if (!ESCAPABLE_TEXT.has(textElement)) return closed(`inside of <${textElement}>`);
    if (strict) return closed(`inside of <${textElement}> behind <svg>, <math> or <select>`);
    return state === modeOf(textElement) ? { at: 'text', element: textElement, strict } : closed(MIDDLE);
  }
  if (state === TokenizerMode.DATA) return { at: 'text', strict };
  if (unfinished?.type === Token.TokenType.COMMENT) return closed('in a comment');
  if (unfinished?.type === Token.TokenType.DOCTYPE) return closed('in the doctype');
  if (unfinished?.type !== Token.TokenType.START_TAG && unfinished?.type !== Token.TokenType.END_TAG)
    return closed(MIDDLE);
  const { tagName: tag, attrs, location } = unfinished;
  const { name, value } = attribute;
  const source = html.slice(location?.startOffset ?? 0);
  const closing = unfinished.type === Token.TokenType.END_TAG;
  if (state === DOUBLE_QUOTED || state === SINGLE_QUOTED) {
    const quote = state === DOUBLE_QUOTED ? '"' : "'";
    return { at: 'attribute', tag, closing, name, twice: !attrs.includes(attribute), quote, value, source, strict };
  }
  if (closing || !IN_TAG.has(state)) return closed(MIDDLE);
  return { at: 'tag', tag, state, name: NAMED.has(state) ? name : '', source, strict };
}

const MIDDLE = 'in the middle of a tag or of a character reference (for "&" write "&amp;")';

/** How the content of an element is read, if not as tags and text. */
function modeOf(tag: string): State | undefined {
  if (ESCAPABLE_TEXT.has(tag)) return TokenizerMode.RCDATA;
  if (RAW_TEXT.has(tag)) return TokenizerMode.RAWTEXT;
  if (tag === 'script') return TokenizerMode.SCRIPT_DATA;
  return undefined;
}

/** Why no value can stand in a tag here. */
export function refusalInTag({ state, tag, name }: TagPlace): string {
  if (state === TAG_NAME) return "a value cannot be part of an element's name";
  if (UNQUOTED.has(state)) return `a value in an attribute needs quotes: ${short(name)}="{{…}}"`;
  return `a value cannot be the name of an attribute of <${short(tag)}>`;
}
