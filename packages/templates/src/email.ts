import { emailAddressSchema, type EmailContent } from '@herald/contracts';
import { LimitError } from './budget.ts';
import type { ContentIssue, Prepared } from './content.ts';
import { compileDerivedText } from './derived.ts';
import { bounded, createFields, issuesOf, oneLine, refused } from './fields.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { analyseHtml, build, compileText, type Analysed, type Compiled } from './part.ts';
import { analysePreheader, withPreheader } from './preheader.ts';

/** The text alternative is made from the HTML when absent. */
export function prepareEmail(content: EmailContent): Prepared<'email'> {
  const fields = createFields();
  const subject = fields.add('subject', compileText(content.subject, 'plain'));
  const analysed = analyseHtml(content.html);
  const html = fields.add('html', analysed.ok ? compileHtml(analysed, content.preheader, fields.issues) : analysed);
  const text = content.text === undefined ? derivedText(content.html, analysed) : compileText(content.text, 'lines');
  const replyTo = content.replyTo && fields.add('replyTo', compileText(content.replyTo, 'plain'));
  if (content.replyTo?.includes('{{') === false && addressOf(content.replyTo) === '')
    fields.issues.push({ field: 'replyTo', message: 'must be an email address in ASCII, for example ada@example.com' });
  const headers = Object.entries(content.headers ?? {}).map(([name, source]) => {
    const field = `headers.${name}`;
    return { name, field, part: fields.add(field, compileText(source, 'plain')) };
  });
  // Where the HTML is wrong, so would be what is made from it.
  const textPart = text && fields.add('text', text);
  if (fields.issues.length > 0 || !textPart) return refused(fields.issues);
  return {
    ok: true,
    parts: fields.parts,
    render: (merge) => {
      const line = oneLine(merge('subject', subject));
      if (line.length > TEMPLATE_LIMITS.subject) throw new LimitError('output-too-large');
      const more = {
        ...(replyTo ? { replyTo: addressOf(merge('replyTo', replyTo)) } : {}),
        ...(headers.length > 0
          ? {
              headers: Object.fromEntries(headers.map(({ name, field, part }) => [name, headerOf(merge(field, part))])),
            }
          : {}),
      };
      return {
        kind: 'email',
        subject: line,
        html: bounded(merge('html', html).toWellFormed()),
        text: bounded(merge('text', textPart).toWellFormed()),
        ...more,
      };
    },
  };
}

/** Empty where it is no address: then the surface's is used. */
function addressOf(rendered: string): string {
  const address = oneLine(rendered);
  return emailAddressSchema.safeParse(address).success ? address : '';
}

function headerOf(rendered: string): string {
  const line = oneLine(rendered);
  if (line.length > TEMPLATE_LIMITS.subject) throw new LimitError('output-too-large');
  return line;
}

function compileHtml(html: Analysed, source: string | undefined, issues: ContentIssue[]): Compiled {
  const alone = build(html, false);
  if (source === undefined || !alone.ok) return alone;
  const preheader = analysePreheader(source);
  const checked = preheader.ok ? build(preheader, true) : preheader;
  issues.push(...issuesOf('preheader', checked));
  return preheader.ok && checked.ok ? build(withPreheader(html, preheader), false) : alone;
}

const derivedText = (source: string, html: Compiled<Analysed>): Compiled | undefined =>
  html.ok && build(html, false).ok ? compileDerivedText(source, html) : undefined;
