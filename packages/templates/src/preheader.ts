import { inverseOf, is, programOf, type Content, type Statement } from './ast.ts';
import { analyse, type Analysed, type Compiled } from './part.ts';
import { textMachine, type Beginning } from './positions.ts';
import { escapeHtml } from './print.ts';

const STYLE =
  'display:none;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;color:transparent';

/** A preheader is text; in the HTML it stands escaped, as the author's own words and as the values. */
export function analysePreheader(source: string): Compiled<Analysed> {
  const analysed = analyse(source, textMachine('html'));
  if (!analysed.ok) return analysed;
  escape(analysed.program.body);
  return analysed;
}

function escape(body: readonly Statement[]): void {
  for (const statement of body) {
    if (is.content(statement)) statement.value = escapeHtml(statement.value);
    // In a text both ways of writing a value are the same.
    else if (is.mustache(statement)) statement.escaped = true;
    else if (is.block(statement)) {
      escape(programOf(statement)?.body ?? []);
      escape(inverseOf(statement)?.body ?? []);
    }
  }
}

/**
 * The HTML with the preheader at the beginning of its body, hidden: mail readers show it beside the subject. Undefined
 * when the place would be inside of a block.
 */
export function withPreheader(html: Analysed, preheader: Analysed): Analysed {
  const hidden = [content(`<div style="${STYLE}">`), ...preheader.program.body, content('</div>')];
  return {
    program: { ...html.program, body: insert(html.program.body, hidden, html.positions.beginning) },
    positions: { ...html.positions, prints: new Map([...html.positions.prints, ...preheader.positions.prints]) },
  };
}

function insert(body: readonly Statement[], inserted: readonly Statement[], at: Beginning | undefined): Statement[] {
  if (at === undefined) return [...inserted, ...body];
  return body.flatMap((statement) => {
    if (statement !== at.statement) return [statement];
    const { value } = at.statement;
    return [content(value.slice(0, at.offset)), ...inserted, content(value.slice(at.offset))];
  });
}

const content = (value: string): Content => ({
  type: 'ContentStatement',
  value,
  original: { open: false, close: false },
  loc: { source: '', start: { line: 1, column: 0 }, end: { line: 1, column: 0 } },
});
