import { TEMPLATE_LIMITS } from './limits.ts';

/** A value, comment or tag of a block, braces included. */
export interface Tag {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The tags of a template, one after the other, in one pass. Closing braces inside of quotes, brackets and long comments
 * do not end a tag. `unclosed`: where the tag begins that has no end.
 */
export function scanTags(source: string): { readonly tags: readonly Tag[]; readonly unclosed?: number } {
  const tags: Tag[] = [];
  for (let start = source.indexOf('{{'); start >= 0;) {
    const end = endOfTag(source, start);
    if (end < 0) return { tags, unclosed: start };
    tags.push({ text: source.slice(start, end), start, end });
    start = source.indexOf('{{', end);
  }
  return { tags };
}

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "'": "'", '[': ']' };

function endOfTag(source: string, start: number): number {
  const comment = /^\{\{~?!(--)?/.exec(source.slice(start, start + 6));
  if (comment) {
    const body = start + comment[0].length;
    return comment[1] === undefined ? after(source, body, ['}}']) : after(source, body, ['--}}', '--~}}']);
  }
  for (let at = start + 2; at < source.length; at++) {
    const closing = CLOSING[source[at] ?? ''];
    if (closing !== undefined) {
      at = source.indexOf(closing, at + 1);
      if (at < 0) return -1;
    } else if (source.startsWith('}}', at)) {
      return at + (source[at + 2] === '}' ? 3 : 2);
    }
  }
  return -1;
}

/** Behind the first of the endings. */
function after(source: string, from: number, endings: readonly string[]): number {
  const found = endings
    .map((ending) => ({ at: source.indexOf(ending, from), ending }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at)[0];
  return found ? found.at + found.ending.length : -1;
}

export const isComment = ({ text }: Tag): boolean => /^\{\{~?!/.test(text);

/**
 * What is wrong with the bulk of a template. The parser takes time in the square of the depth, and runs out of stack:
 * this has to be known before. `at` is the place.
 */
export function tooMuch(tags: readonly Tag[]): { readonly at: number; readonly message: string } | undefined {
  const { depth, expressions } = TEMPLATE_LIMITS;
  const last = tags[expressions];
  if (last) return { at: last.start, message: `more than ${String(expressions)} values and blocks` };
  // How many levels each open block has: every `else if` is one more until the block's end.
  const blocks: number[] = [];
  let level = 0;
  for (const { text, start } of tags) {
    const opens = /^\{\{~?[#^]/.test(text);
    if (opens || /^\{\{~?\s*else\s/.test(text)) {
      level += 1;
      if (opens) blocks.push(1);
      else blocks.push((blocks.pop() ?? 0) + 1);
    } else if (/^\{\{~?\//.test(text)) level -= blocks.pop() ?? 0;
    if (level > depth || text.split('(').length > depth) {
      return { at: start, message: `nested more than ${String(depth)} deep` };
    }
  }
  return undefined;
}
