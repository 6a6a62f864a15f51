import { type EmailContent } from '@herald/contracts';
import { checkTemplate, type Checked } from './check.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { generate, LimitError, type Escaping, type Part } from './sandbox.ts';
import { textTemplateOf } from './text.ts';

export type EmailField = 'subject' | 'html' | 'text';

/** What keeps a part from being used; `message` begins with the line where there is one. */
export interface TemplateIssue {
  readonly field: EmailField;
  readonly message: string;
}

/** The values to merge, nested (`nestAttributes`). JSON values only. `system` is read as `context.system`. */
export interface RenderInput {
  readonly profile: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly system: Readonly<Record<string, unknown>>;
}

export interface RenderedEmail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** `detail` names the part, never a value. */
export type Rendered =
  | { readonly ok: true; readonly email: RenderedEmail }
  | {
      readonly ok: false;
      readonly reason: 'template-error' | 'output-too-large' | 'too-many-iterations';
      readonly detail: EmailField;
    };

export interface EmailTemplate {
  /**
   * Every `context.…` and `profile.…` path that the content uses, sorted; an element of a list is written `[]`, as in
   * `context.items[].name`.
   */
  readonly attributes: readonly string[];
  /**
   * Never throws. A missing value is empty. The subject has no control characters; values in the HTML are escaped for
   * text and quoted attributes.
   */
  render(input: RenderInput): Rendered;
}

const ESCAPING: Record<EmailField, Escaping> = { subject: 'none', html: 'html', text: 'none' };
const NOTHING: RenderInput = { profile: {}, context: {}, system: {} };

/**
 * Compiles a campaign's content once for many renderings. Compiling costs milliseconds, rendering microseconds.
 * The text alternative is made from the HTML when absent.
 */
export function compileEmail(
  content: EmailContent,
): { ok: true; template: EmailTemplate } | { ok: false; issues: TemplateIssue[] } {
  const subject = checkTemplate(content.subject, ESCAPING.subject);
  const html = checkTemplate(content.html, ESCAPING.html);
  const issues = [...issuesOf('subject', subject), ...issuesOf('html', html)];
  const text =
    content.text === undefined ? derivedText(content.html, html) : checkTemplate(content.text, ESCAPING.text);
  if (text) issues.push(...issuesOf('text', text));
  if (!subject.ok || !html.ok || !text?.ok) return { ok: false, issues };

  const template = createTemplate(
    { subject: subject.program, html: html.program, text: text.program },
    new Set([...subject.attributes, ...html.attributes, ...text.attributes]),
  );
  // Code is generated at the first rendering: what cannot be generated has to show now, not at the first message.
  const trial = template.render(NOTHING);
  if (!trial.ok)
    return { ok: false, issues: [{ field: trial.detail, message: `cannot be rendered: ${trial.reason}` }] };
  return { ok: true, template };
}

const issuesOf = (field: EmailField, checked: Checked): TemplateIssue[] =>
  checked.ok ? [] : checked.messages.map((message) => ({ field, message }));

function derivedText(source: string, html: Checked): Checked | undefined {
  if (!html.ok) return undefined;
  const refused: Checked = { ok: false, messages: ['cannot be made from this HTML: write a text alternative'] };
  try {
    const text = checkTemplate(textTemplateOf(source), ESCAPING.text);
    return text.ok ? text : refused;
  } catch {
    // The converter walks the elements by recursion: thousands inside of each other are too many for the stack.
    return refused;
  }
}

function createTemplate(programs: Record<EmailField, hbs.AST.Program>, attributes: ReadonlySet<string>): EmailTemplate {
  const parts: Record<EmailField, Part> = {
    subject: generate(programs.subject, ESCAPING.subject),
    html: generate(programs.html, ESCAPING.html),
    text: generate(programs.text, ESCAPING.text),
  };
  return {
    attributes: [...attributes].toSorted(),
    render: ({ profile, context, system }) => {
      const root = { profile, context: { ...context, system } };
      let part: EmailField = 'subject';
      try {
        const subject = oneLine(parts.subject(root));
        if (subject.length > TEMPLATE_LIMITS.subject) throw new LimitError('output-too-large');
        part = 'html';
        const html = bounded(parts.html(root));
        part = 'text';
        const text = bounded(parts.text(root));
        return { ok: true, email: { subject, html, text } };
      } catch (error) {
        return { ok: false, reason: reasonOf(error), detail: part };
      }
    },
  };
}

const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/** A subject is a header: whatever could end a line becomes a space. */
const oneLine = (text: string): string =>
  CONTROL.test(text) ? text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim() : text.trim();

function bounded(text: string): string {
  // No UTF-16 unit takes more than three bytes: most bodies need no counting.
  if (text.length * 3 > TEMPLATE_LIMITS.outputBytes && Buffer.byteLength(text) > TEMPLATE_LIMITS.outputBytes) {
    throw new LimitError('output-too-large');
  }
  return text;
}

function reasonOf(error: unknown): Extract<Rendered, { ok: false }>['reason'] {
  if (error instanceof LimitError) return error.reason;
  return error instanceof RangeError && /string length/.test(error.message) ? 'output-too-large' : 'template-error';
}
