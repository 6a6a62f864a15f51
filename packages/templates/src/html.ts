import type { Token } from 'parse5';
import { addressAt, addressKey, HTML_SCHEMES, VALUE } from './address.ts';
import { nameOf, type Mustache } from './ast.ts';
import { readHtml, refusalInTag, type AttributePlace, type HtmlPlace } from './html-reader.ts';
import { attributeUse, short } from './html-values.ts';
import { Unreadable, type Finding, type Machine, type Reading } from './positions.ts';
import type { Print } from './print.ts';

/** Tags are read again for every value and block in them: this much in all. */
const MAX_READ_AGAIN = 4_000_000;

interface HtmlChecks {
  /** What is wrong with a finished tag. */
  readonly check?: (token: Token.TagToken) => Iterable<string>;
  /** Keeps ways apart that differ in what stands in an address, though the same may follow. */
  readonly apart?: boolean;
}

/** HTML as a machine, for one template. Its beginnings are where the body does, or else where it may. */
export function htmlMachine({ check = mistakesIn, apart = false }: HtmlChecks = {}): Machine<HtmlPlace> {
  let readAgain = 0;
  const pay = (place: HtmlPlace): void => {
    readAgain += 'source' in place ? place.source.length : 0;
    if (readAgain > MAX_READ_AGAIN) throw new Unreadable('too many values and blocks in long tags');
  };

  function read(place: HtmlPlace, text: string): Reading<HtmlPlace> {
    if (place.at === 'closed') return { place, findings: [] };
    pay(place);
    const findings: Finding[] = [];
    const beginnings: { rank: number; offset: number }[] = [];
    const next = readHtml(place, text, {
      startTag: (token, offset, end) => {
        if (token.tagName === 'body') beginnings.push({ rank: 4, offset: end });
        if (token.tagName === 'html') beginnings.push({ rank: 2, offset: end });
        for (const message of check(token)) findings.push({ offset, message });
      },
      endTag: ({ tagName }, end) => {
        if (tagName === 'head') beginnings.push({ rank: 3, offset: end });
      },
      doctype: (end) => beginnings.push({ rank: 1, offset: end }),
      refuse: (offset, message) => findings.push({ offset, message }),
    });
    return { place: next, findings, beginnings };
  }

  return {
    start: { at: 'text', strict: false },
    read,
    value: (place, statement) => {
      pay(place);
      return value(place, statement);
    },
    key: (place) => (apart && place.at === 'attribute' ? `${key(place)} ${place.value}` : key(place)),
    family: (place) => (place.at === 'closed' ? undefined : familyOf(place)),
    describe,
    end: (place) =>
      place.at === 'text' && place.element === undefined ? undefined : `the HTML ends ${describe(place)}`,
  };
}

/** A finished tag: what follows a value can make an address wrong. */
function* mistakesIn({ tagName, attrs }: Token.TagToken): Generator<string> {
  for (const { name, value } of attrs) {
    if (!value.includes(VALUE) || attributeUse(tagName, name).kind !== 'address') continue;
    const address = addressAt(value, HTML_SCHEMES);
    if (address.at === 'refused' && address.always) yield address.message;
  }
}

function key(place: HtmlPlace): string {
  const family = `${familyOf(place)} ${String(place.strict)}`;
  if (place.at === 'attribute')
    return isAddress(place) ? `${family} ${addressKey(addressAt(place.value, HTML_SCHEMES))}` : family;
  return place.at === 'tag' ? `${family} ${String(place.state)} ${place.name}` : family;
}

function familyOf(place: HtmlPlace): string {
  if (place.at === 'attribute')
    return `${place.quote} ${String(place.closing)} ${String(place.twice)} ${place.name} ${place.tag}`;
  return place.at === 'tag' ? `tag ${place.tag}` : place.at === 'text' ? `text ${place.element ?? ''}` : place.words;
}

function describe(place: HtmlPlace): string {
  if (place.at === 'text') return place.element === undefined ? 'in text' : `in the text of <${place.element}>`;
  if (place.at === 'tag') return `in the tag <${short(place.tag)}>`;
  if (place.at === 'closed') return place.words;
  const attribute = `the attribute "${short(place.name)}" of <${short(place.tag)}>`;
  if (!isAddress(place)) return `in ${attribute}`;
  const start = addressAt(place.value, HTML_SCHEMES).at === 'start';
  return `${start ? 'at the beginning' : 'inside'} of the address in ${attribute}`;
}

const isAddress = ({ tag, name }: AttributePlace): boolean => attributeUse(tag, name).kind === 'address';

function value(place: HtmlPlace, statement: Mustache): { print: Print; place: HtmlPlace } | { refused: string } {
  if (place.at === 'text') return { print: 'html', place };
  if (place.at === 'tag') return { refused: refusalInTag(place) };
  if (place.at === 'closed') return { refused: `a value cannot stand ${place.words}` };
  if (place.closing) return { refused: 'a value cannot stand in a closing tag' };
  if (place.twice) return { refused: `<${short(place.tag)}> has the attribute "${short(place.name)}" twice` };
  const use = attributeUse(place.tag, place.name);
  if (use.kind === 'refused') return { refused: use.message };
  const next = { ...place, value: place.value + VALUE, source: place.source + VALUE };
  if (use.kind === 'text') return { print: 'html', place: next };
  const address = addressAt(place.value, HTML_SCHEMES);
  if (address.at === 'refused') return { refused: address.message };
  if (address.at === 'start') return { print: 'address', place: next };
  // What urlEncode has encoded is not encoded twice.
  const encoded = nameOf(statement.path) === 'urlEncode' && statement.params.length > 0;
  return { print: encoded ? 'html' : address.at === 'inside' ? address.component : 'component', place: next };
}
