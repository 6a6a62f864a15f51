import Handlebars from 'handlebars';
import { VALUE } from './address.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { scanTags, tooMuch } from './scan.ts';

export type Parsed =
  | { readonly ok: true; readonly program: hbs.AST.Program }
  | { readonly ok: false; readonly messages: readonly string[] };

/** Parses a template whose bulk is bounded. What it says is not looked at. */
export function parseTemplate(source: string): Parsed {
  const at = (index: number, message: string): Parsed => ({
    ok: false,
    messages: [`line ${String(source.slice(0, index).split('\n').length)}: ${message}`],
  });
  if (source.length > TEMPLATE_LIMITS.source) return at(0, `longer than ${String(TEMPLATE_LIMITS.source)} characters`);
  const raw = /\{\{\{\{|\\\{\{/.exec(source);
  if (raw) return at(raw.index, 'raw blocks and escaped braces are not supported');
  const reserved = source.indexOf(VALUE);
  if (reserved >= 0) return at(reserved, 'U+FDD0 is not a character');
  const { tags, unclosed } = scanTags(source);
  if (unclosed !== undefined) return at(unclosed, 'braces that are opened and not closed');
  const excess = tooMuch(tags);
  if (excess) return at(excess.at, excess.message);
  try {
    return { ok: true, program: Handlebars.parse(source) };
  } catch (error) {
    return { ok: false, messages: [firstLines(error)] };
  }
}

/** The parser's own words: the line, then the text around the error with a marker under it. */
const firstLines = (error: unknown): string =>
  (error instanceof Error ? error.message : 'cannot be parsed')
    .replace(/^(?:Parse|Lexical) error on line (\d+)[:.]/, 'line $1:')
    .split('\n')
    .slice(0, 3)
    .join('\n')
    .slice(0, 300);
