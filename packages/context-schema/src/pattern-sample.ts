import { RE2JS } from 're2js';

/** Longer than a sample has to be. */
const MOST = 200;

/**
 * A text that a pattern finds itself in, or undefined: for the patterns that people write, not for every one there is.
 * Whatever it makes is held against the pattern.
 */
export function sampleOfPattern(pattern: string): string | undefined {
  const sample = sequence({ text: pattern, at: 0 });
  const compiled = RE2JS.compile(pattern);
  const candidates = [sample, '', '0', 'A', 'a', '000000', 'AAAAAA', 'A-0'];
  return candidates.find((one) => one !== undefined && one.length <= MOST && compiled.matcher(one).find());
}

interface Reader {
  readonly text: string;
  at: number;
}

/** Up to the end, or the bracket that closes it: of alternatives the first. Undefined: it cannot be read. */
function sequence(reader: Reader): string | undefined {
  let whole = '';
  let taken: string | undefined;
  while (reader.at < reader.text.length && reader.text[reader.at] !== ')') {
    if (reader.text[reader.at] === '|') {
      taken ??= whole;
      reader.at += 1;
      whole = '';
      continue;
    }
    const one = atom(reader);
    if (one === undefined) return undefined;
    whole += one.repeat(times(reader));
    if (whole.length > MOST) return undefined;
  }
  return taken ?? whole;
}

function atom(reader: Reader): string | undefined {
  const char = reader.text[reader.at] ?? '';
  reader.at += 1;
  if (char === '^' || char === '$') return '';
  if (char === '.') return 'A';
  if (char === '\\') return escaped(reader);
  if (char === '[') return oneOf(reader);
  if (char !== '(') return char;
  const named = /^\?(?::|P?<\w+>)/.exec(reader.text.slice(reader.at))?.[0];
  reader.at += named?.length ?? 0;
  const inner = sequence(reader);
  reader.at += 1;
  return inner;
}

const CLASSES: Readonly<Record<string, string>> = { d: '0', w: 'A', s: ' ', D: 'A', W: '-', S: 'A' };
const NOTHING: ReadonlySet<string> = new Set(['b', 'B', 'A', 'z']);

function escaped(reader: Reader): string | undefined {
  const char = reader.text[reader.at] ?? '';
  reader.at += 1;
  if (NOTHING.has(char)) return '';
  // Of other letters (\p{L}, \x41) nothing is known here.
  return CLASSES[char] ?? (/[a-z]/i.test(char) ? undefined : char);
}

/** The first character that a set names; of a set that names what is not in it, one of some that are likely. */
function oneOf(reader: Reader): string | undefined {
  const end = reader.text.indexOf(']', reader.at + (/^\^?\]/.exec(reader.text.slice(reader.at))?.[0].length ?? 0));
  if (end === -1) return undefined;
  const set = reader.text.slice(reader.at, end);
  reader.at = end + 1;
  if (set.startsWith('[:')) return undefined;
  if (!set.startsWith('^')) return set.startsWith('\\') ? escaped({ text: set, at: 1 }) : set[0];
  const compiled = RE2JS.compile(`^[${set}]$`);
  return ['A', '0', '-', ' ', '_'].find((one) => compiled.matcher(one).find());
}

/** How often what stands before it is there, at least; once where it may be left out. */
function times(reader: Reader): number {
  const [quantifier = '', counted, least = ''] =
    /^(?:[*+?]|(\{)(\d{1,4})(?:,\d*)?\})\??/.exec(reader.text.slice(reader.at)) ?? [];
  reader.at += quantifier.length;
  return counted === undefined ? 1 : Math.min(Math.max(Number(least), 0), MOST + 1);
}
