import type { Mustache } from './ast.ts';
import { buildTemplate, type Built } from './build.ts';
import { htmlMachine } from './html.ts';
import { parseTemplate } from './parse.ts';
import { findPositions, textMachine, type Machine, type Positions } from './positions.ts';
import type { Print } from './print.ts';

/** One text of a message's content, ready to be rendered. */
export type Part = Pick<Built, 'attributes' | 'render'>;

export type Compiled<T = Part> =
  ({ readonly ok: true } & T) | { readonly ok: false; readonly messages: readonly string[] };

/** A part that is understood but not built, so that another one can be put into it. */
export interface Analysed {
  readonly program: hbs.AST.Program;
  readonly positions: Positions;
}

export function analyse<Place>(source: string, machine: Machine<Place>): Compiled<Analysed> {
  const parsed = parseTemplate(source);
  if (!parsed.ok) return parsed;
  return { ok: true, program: parsed.program, positions: findPositions(parsed.program, machine) };
}

export function build({ program, positions }: Analysed, unescaped: boolean): Compiled {
  const printOf = (statement: Mustache): Print | undefined => positions.prints.get(statement);
  const { attributes, messages, render } = buildTemplate(program, { printOf, unescaped });
  const all = [...messages, ...positions.messages];
  if (all.length > 0) return { ok: false, messages: all.toSorted((a, b) => lineOf(a) - lineOf(b)).slice(0, 20) };
  return { ok: true, attributes, render };
}

const lineOf = (message: string): number => Number(/^line (\d+)/.exec(message)?.[1] ?? 0);

/** Text, as it is or with its lines kept in order. */
export function compileText(source: string, print: 'plain' | 'lines'): Compiled {
  const analysed = analyse(source, textMachine(print));
  return analysed.ok ? build(analysed, true) : analysed;
}

export const analyseHtml = (source: string): Compiled<Analysed> => analyse(source, htmlMachine());
