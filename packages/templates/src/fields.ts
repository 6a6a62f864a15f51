import { LimitError } from './budget.ts';
import type { ContentIssue, Prepared } from './content.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import type { Compiled, Part } from './part.ts';

export const issuesOf = (field: string, compiled: Compiled<unknown>): ContentIssue[] =>
  compiled.ok ? [] : compiled.messages.map((message) => ({ field, message }));

/** Collects the fields of a content: all of them, and what is wrong with any. */
export function createFields() {
  const parts: Part[] = [];
  const issues: ContentIssue[] = [];
  return {
    parts,
    issues,
    /** The part to render; one that says nothing where there is an issue, and then nothing will be rendered. */
    add(field: string, compiled: Compiled): Part {
      issues.push(...issuesOf(field, compiled));
      if (!compiled.ok) return { attributes: [], render: () => '' };
      parts.push(compiled);
      return compiled;
    },
  };
}

export const refused = (issues: readonly ContentIssue[]): Extract<Prepared<never>, { ok: false }> => ({
  ok: false,
  issues,
});

const ENDS_LINE = /[\p{Cc}\u2028\u2029]/u;

/** For headers and titles: whatever could end a line, or is no text, becomes a space. */
export const oneLine = (text: string): string =>
  (ENDS_LINE.test(text) ? text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ') : text).trim().toWellFormed();

export function bounded(text: string): string {
  // No UTF-16 unit takes more than three bytes: most bodies need no counting.
  if (text.length * 3 > TEMPLATE_LIMITS.outputBytes && Buffer.byteLength(text) > TEMPLATE_LIMITS.outputBytes) {
    throw new LimitError('output-too-large');
  }
  return text;
}
