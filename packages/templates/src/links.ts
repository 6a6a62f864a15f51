import type { Channel, ChannelContent, EmailContent, PushContent, SmsContent } from '@herald/contracts';
import type { Token } from 'parse5';
import { HTML_SCHEMES, VALUE } from './address.ts';
import { withFragments, type Fragments } from './fragments.ts';
import { htmlMachine } from './html.ts';
import { analyse } from './part.ts';
import type { Machine } from './positions.ts';

/** Something about a link that its author may not have meant. */
export interface LinkIssue {
  readonly field: string;
  readonly message: string;
  /** `error`: nobody can follow it. */
  readonly severity: 'error' | 'warning';
}
type Mistake = Pick<LinkIssue, 'message' | 'severity'>;

/**
 * What is wrong with the links and pictures of a content that compiles, on every way through its blocks. Of an address
 * with values in it the fixed part is looked at; one that begins with a value is looked at when it is rendered.
 */
export function linkIssues(channel: Channel, content: ChannelContent, fragments: Fragments = {}): LinkIssue[] {
  const whole = withFragments(content, fragments);
  if (!whole.ok) return [];
  if (channel === 'email') return inHtml((whole.content as EmailContent).html);
  if (channel === 'sms') return found('text', (whole.content as SmsContent).text, wordMachine);
  const { link, icon, image, actions = [] } = whole.content as PushContent;
  const addresses = [
    ['link', link],
    ['icon', icon],
    ['image', image],
    ...actions.map((action, index) => [`actions[${index}].link`, action.link] as const),
  ] as const;
  return addresses.flatMap(([field, source]) => (source === undefined ? [] : found(field, source, wholeMachine)));
}

type Say = (mistake: Mistake | undefined) => readonly { readonly offset: number; readonly message: string }[];

/** Walks a template with a machine; what the machine says through `say`, and nothing else, is an issue. */
function found(field: string, source: string, machineOf: (say: Say) => Machine<never>): LinkIssue[] {
  const said = new Map<string, Mistake['severity']>();
  const say: Say = (mistake) => {
    if (mistake === undefined) return [];
    said.set(mistake.message, mistake.severity);
    return [{ offset: 0, message: mistake.message }];
  };
  const analysed = analyse(source, machineOf(say));
  if (!analysed.ok) return [];
  return analysed.positions.messages.flatMap((message) => {
    const severity = said.get(message.replace(/^line \d+: /, ''));
    return severity === undefined ? [] : [{ field, message, severity }];
  });
}

function inHtml(source: string): LinkIssue[] {
  let based = false;
  const check = (say: Say) => (token: Token.TagToken) => {
    based ||= token.tagName === 'base';
    return linksOf(token).flatMap(({ name, value }) =>
      say(mistakeIn(value, name, based)).map(({ message }) => message),
    );
  };
  // Ways that differ in an address alone are one to the reader of HTML: the second walk keeps them apart, as far as it can.
  const walks = [false, true].map((apart) =>
    found('html', source, (say) => htmlMachine({ check: check(say), apart }) as Machine<never>),
  );
  const issues = new Map(walks.flat().map((issue) => [issue.message, issue]));
  return [...issues.values()];
}

/** Attributes that are followed or loaded, whatever the element. */
const LINKS: ReadonlySet<string> = new Set(['href', 'src', 'action', 'formaction', 'poster', 'background', 'cite']);

const linksOf = ({ attrs }: Token.TagToken): readonly Token.Attribute[] => attrs.filter(({ name }) => LINKS.has(name));

const error = (message: string): Mistake => ({ severity: 'error', message });
const short = (text: string): string => {
  const shown = text.replaceAll(VALUE, '{{…}}');
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
};

/** Of an attribute. */
function mistakeIn(written: string, attribute: string, based: boolean): Mistake | undefined {
  // As browsers read it.
  const address = written.replace(/[\t\n\r]/g, '').replaceAll(/^[\p{Cc} ]+|[\p{Cc} ]+$/gu, '');
  const named = `the address "${short(address)}" in "${attribute}"`;
  if (address === '') return { severity: 'warning', message: `the address in "${attribute}" is empty` };
  if (address.startsWith('#') || address.startsWith(VALUE)) return undefined;
  const [, scheme = '', rest = ''] = /^([^:/?#\\]*):(.*)$/s.exec(address) ?? [];
  if (scheme === '') return based ? undefined : error(`${named} is no URL: begin it with https://`);
  const lower = scheme.toLowerCase();
  if (lower === 'data' && /^image\//i.test(rest) && attribute !== 'href')
    return { severity: 'warning', message: `${named} is a picture in itself, which many mail readers do not show` };
  if (!HTML_SCHEMES.has(lower)) {
    return error(`${named} begins with "${short(lower)}:", which is none of ${[...HTML_SCHEMES].join(', ')}`);
  }
  return isWhole(lower, rest) ? undefined : error(`${named} is no URL`);
}

/** Whether what stands behind a scheme that is known can be what it has to be, whatever its values are. */
function isWhole(scheme: string, rest: string): boolean {
  // A value can be anything; a digit can stand everywhere, as a host or a port too.
  const sample = rest.replaceAll(VALUE, '1');
  if (scheme === 'http' || scheme === 'https')
    return /^\/\/[^/\\?#]/.test(sample) && URL.canParse(`${scheme}:${sample}`) && !/^[^/?#]*\s/.test(sample);
  if (scheme === 'tel' || scheme === 'sms') return /^[+\d\s().,;*#\w=-]*(?:\?|$)/.test(sample) && /\d/.test(sample);
  if (scheme === 'cid') return /^\S+$/.test(sample);
  const [to = ''] = rest.split('?');
  if (to === '') return rest.length > 1;
  return to.split(',').every((one) => one.includes(VALUE) || /^[^\s@]+(?:@|%40)[^\s@]+$/.test(one.trim()));
}

/** An address on its own: all of what is written. */
const wholeMachine = (say: Say): Machine<never> => {
  const machine: Machine<string> = {
    start: '',
    read: (place, text) => ({ place: place + text, findings: [] }),
    value: (place) => ({ print: 'plain', place: place + VALUE }),
    key: (place) => place,
    family: () => 'address',
    describe: () => 'in the address',
    end: (place) => say(mistakeOfWhole(place.trim()))[0]?.message,
  };
  return machine as Machine<never>;
};

function mistakeOfWhole(address: string): Mistake | undefined {
  if (address === '' || address.startsWith(VALUE)) return undefined;
  const [, rest] = /^https:(.*)$/is.exec(address) ?? [];
  return rest !== undefined && isWhole('https', rest)
    ? undefined
    : error(`the address "${short(address)}" is no https URL`);
}

const LONGEST_WORD = 2_000;

/** Text, word by word: `Place` is the word that has been begun. */
const wordMachine = (say: Say): Machine<never> => {
  const begun = (word: string): string => (/^\W{0,5}[a-z][a-z0-9+.-]{0,30}(?::|$)/i.test(word) ? word : '-');
  const machine: Machine<string> = {
    start: '',
    read: (place, text) => {
      const words = (place + text).split(/\s/);
      const last = words.pop() ?? '';
      return {
        place: last === '' ? '' : begun(last).slice(0, LONGEST_WORD),
        findings: words.flatMap((word) => say(mistakeInWord(word))),
      };
    },
    value: (place) => ({ print: 'plain', place: place === '' ? VALUE : begun(place) + VALUE }),
    key: (place) => place,
    family: () => 'text',
    describe: () => 'in text',
    end: (place) => say(mistakeInWord(place))[0]?.message,
  };
  return machine as Machine<never>;
};

function mistakeInWord(word: string): Mistake | undefined {
  const link = word.replaceAll(/^[([<"'«“]+|[)\]>"'»”.,;:!?]+$/g, '');
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(link) ?? [];
  const lower = scheme.toLowerCase();
  if (lower === 'http' || lower === 'https')
    return isWhole(lower, rest) ? undefined : error(`the link "${short(link)}" is no URL`);
  const isLink = rest.startsWith('//') || lower === 'javascript' || lower === 'vbscript';
  return isLink ? error(`the link "${short(link)}" begins with "${short(lower)}:", and not with https:`) : undefined;
}
