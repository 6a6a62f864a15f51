import { inverseOf, is, isCall, nameOf, offsets, programOf, type Mustache, type Statement } from './ast.ts';
import { compileText, type Analysed, type Compiled } from './part.ts';
import type { Print } from './print.ts';
import type { Tag } from './scan.ts';
import { textTemplateOf } from './text.ts';

const REFUSED: Compiled = { ok: false, messages: ['cannot be made from this HTML: write a text alternative'] };

/** The text alternative of an HTML part. What is percent-encoded in a link of the one is in the other, too. */
export function compileDerivedText(source: string, { program, positions }: Analysed): Compiled {
  const offsetOf = offsets(source);
  const encoded = new Map<number, Mustache>();
  for (const statement of mustachesIn(program.body)) {
    if (isEncoded(positions.prints.get(statement))) encoded.set(offsetOf(statement.loc.start), statement);
  }
  const written = (tag: Tag): string => {
    const statement = encoded.get(tag.start);
    return statement ? encodedTag(tag.text, statement) : tag.text;
  };
  try {
    const text = compileText(textTemplateOf(source, written), 'lines');
    return text.ok ? text : REFUSED;
  } catch (error) {
    // The converter walks the elements by recursion: thousands inside of each other are too many for the stack.
    if (error instanceof RangeError) return REFUSED;
    throw error;
  }
}

// An address of a mail or a telephone stands in text as people write it.
const isEncoded = (print: Print | undefined): boolean => print === 'component';

function encodedTag(text: string, statement: Mustache): string {
  const [, open = '', expression = '', close = ''] = /^(\{\{~?)\s*(.*?)\s*(~?\}\})$/s.exec(text) ?? [];
  if (isCall(statement)) return `${open}urlEncode (${expression})${close}`;
  return nameOf(statement.path) === '' && !is.path(statement.path) ? text : `${open}urlEncode ${expression}${close}`;
}

function* mustachesIn(body: readonly Statement[]): Generator<Mustache> {
  for (const statement of body) {
    if (is.mustache(statement)) yield statement;
    if (is.block(statement)) {
      yield* mustachesIn(programOf(statement)?.body ?? []);
      yield* mustachesIn(inverseOf(statement)?.body ?? []);
    }
  }
}
