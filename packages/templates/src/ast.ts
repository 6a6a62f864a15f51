/** Handlebars' syntax tree, as far as templates use it. */
export type Statement = hbs.AST.Statement;
export type Mustache = hbs.AST.MustacheStatement;
export type Block = hbs.AST.BlockStatement;
export type Content = hbs.AST.ContentStatement;
export type Call = hbs.AST.SubExpression;
export type Path = hbs.AST.PathExpression;
export type Expression = hbs.AST.Expression;
export type Literal =
  | hbs.AST.StringLiteral
  | hbs.AST.NumberLiteral
  | hbs.AST.BooleanLiteral
  | hbs.AST.NullLiteral
  | hbs.AST.UndefinedLiteral;

const LITERALS: ReadonlySet<string> = new Set([
  'StringLiteral',
  'NumberLiteral',
  'BooleanLiteral',
  'NullLiteral',
  'UndefinedLiteral',
]);

export const is = {
  content: (node: hbs.AST.Node): node is Content => node.type === 'ContentStatement',
  comment: (node: hbs.AST.Node): node is hbs.AST.CommentStatement => node.type === 'CommentStatement',
  mustache: (node: hbs.AST.Node): node is Mustache => node.type === 'MustacheStatement',
  block: (node: hbs.AST.Node): node is Block => node.type === 'BlockStatement',
  call: (node: hbs.AST.Node): node is Call => node.type === 'SubExpression',
  path: (node: hbs.AST.Node): node is Path => node.type === 'PathExpression',
  literal: (node: hbs.AST.Node): node is Literal => LITERALS.has(node.type),
};

export const literalValue = (node: Literal): string | number | boolean | null | undefined =>
  'value' in node ? node.value : node.type === 'NullLiteral' ? null : undefined;

export const hashOf = (node: { hash?: hbs.AST.Hash }): readonly hbs.AST.HashPair[] => node.hash?.pairs ?? [];

/** What a block repeats or shows; an inverted one (`{{^if …}}`) may have nothing but its other branch. */
export const programOf = (block: Block): hbs.AST.Program | undefined => block.program;
export const inverseOf = (block: Block): hbs.AST.Program | undefined => block.inverse;

/** Whether a statement calls a helper: a name alone is a value. */
export const isCall = (node: Mustache): boolean => node.params.length > 0 || hashOf(node).length > 0;

/** What is written for an expression, for messages. */
export const textOfNode = (node: Expression): string => ('original' in node ? String(node.original) : '');

/** The name of a helper or block; empty when it is none. */
export const nameOf = (node: Expression): string =>
  is.path(node) && !node.data && node.depth === 0 && node.parts.length === 1 && node.original === node.parts[0]
    ? node.original
    : '';

const LINE_END = /\r\n?|\n/g;

const linesIn = (text: string): number => text.match(LINE_END)?.length ?? 0;

/** The line of an offset in the value of a content statement; white space at its ends may have been taken away. */
export function lineIn(statement: Content, offset: number): number {
  const original = statement.original as unknown;
  const whole = typeof original === 'string' ? original : statement.value;
  const from = Math.max(0, whole.indexOf(statement.value));
  return statement.loc.start.line + linesIn(whole.slice(0, from + offset));
}

/** Turns line and column of a place into its offset in the source. */
export function offsets(source: string): (position: hbs.AST.Position) => number {
  const starts = [0];
  for (const match of source.matchAll(LINE_END)) starts.push(match.index + match[0].length);
  return ({ line, column }) => (starts[line - 1] ?? 0) + column;
}
