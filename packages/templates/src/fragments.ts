import type { ChannelContent } from '@herald/contracts';
import type { ContentIssue } from './content.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { isComment, scanTags } from './scan.ts';

/** The text of fragments, by what stands behind `{{>`. */
export type Fragments = Readonly<Record<string, string>>;

const REFERENCE = /^\{\{(~?)\s*>\s*([\w.-]{1,200})\s*(~?)\}\}$/;
const PARTIAL = /^\{\{~?\s*(?:#\s*)?>/;
const MAX_DEPTH = 8;

class Refused extends Error {}

/**
 * The text with each `{{> name}}` replaced by the fragment of that name, and by what that uses in turn: as if it had been
 * written there. So where a value stands in the HTML is decided after it, and it is escaped for that place.
 */
function inline(source: string, fragments: Fragments, path: readonly string[], budget: { left: number }): string {
  const { tags } = scanTags(source);
  const pieces: string[] = [];
  let from = 0;
  const add = (text: string): void => {
    budget.left -= text.length;
    if (budget.left < 0) throw new Refused(`with its fragments longer than ${TEMPLATE_LIMITS.source} characters`);
    pieces.push(text);
  };
  for (const tag of tags) {
    if (isComment(tag) || !PARTIAL.test(tag.text)) continue;
    const [, before, name, behind] = REFERENCE.exec(tag.text) ?? [];
    if (name === undefined) throw new Refused('a fragment is used as {{> name}}, without values or a block');
    if (before !== '' || behind !== '') throw new Refused(`write {{> ${name}}} without "~"`);
    const text = Object.hasOwn(fragments, name) ? fragments[name] : undefined;
    if (text === undefined) throw new Refused(`there is no published fragment "${name}"`);
    if (path.includes(name)) throw new Refused(`the fragment "${name}" uses itself`);
    if (path.length >= MAX_DEPTH) throw new Refused(`fragments in fragments more than ${MAX_DEPTH} deep`);
    add(source.slice(from, tag.start));
    pieces.push(inline(text, fragments, [...path, name], budget));
    from = tag.end;
  }
  add(source.slice(from));
  return pieces.join('');
}

/** The names of the fragments that a text uses by itself. */
export const fragmentsIn = (source: string): string[] =>
  scanTags(source).tags.flatMap((tag) => (isComment(tag) ? [] : (REFERENCE.exec(tag.text)?.[2] ?? [])));

/** Every text of a content, with its place. */
function* textsOf(value: unknown, field: string): Generator<readonly [field: string, text: string]> {
  if (typeof value === 'string') yield [field, value];
  else if (Array.isArray(value)) for (const [at, item] of value.entries()) yield* textsOf(item, `${field}[${at}]`);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) yield* textsOf(item, field === '' ? name : `${field}.${name}`);
  }
}

/** The names of the fragments that a content uses by itself, each once. */
export const fragmentsOf = (content: ChannelContent): string[] => [
  ...new Set([...textsOf(content, '')].flatMap(([, text]) => fragmentsIn(text))),
];

/** The content with its fragments in their places. */
export function withFragments<T>(
  content: T,
  fragments: Fragments,
): { ok: true; content: T } | { ok: false; issues: readonly ContentIssue[] } {
  const issues: ContentIssue[] = [];
  const replaced = new Map<string, string>();
  for (const [field, text] of textsOf(content, '')) {
    if (!text.includes('{{')) continue;
    try {
      replaced.set(text, inline(text, fragments, [], { left: TEMPLATE_LIMITS.source }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      issues.push({ field, message: error.message });
    }
  }
  if (issues.length > 0) return { ok: false, issues };
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string') return replaced.get(value) ?? value;
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replace(item)]));
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same fields, with other texts
  return { ok: true, content: replace(content) as T };
}
