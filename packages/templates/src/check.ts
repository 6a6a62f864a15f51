import Handlebars from 'handlebars';
import { TEMPLATE_LIMITS } from './limits.ts';
import { scanTags, tooMuch } from './scan.ts';
import { HELPERS, type Escaping } from './sandbox.ts';

export type Checked =
  | { readonly ok: true; readonly program: hbs.AST.Program; readonly attributes: readonly string[] }
  | { readonly ok: false; readonly messages: readonly string[] };

const BLOCKS: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);
const LOOP_VARIABLES: ReadonlySet<string> = new Set(['index', 'key', 'first', 'last', 'root']);
const MAX_MESSAGES = 20;

/**
 * Where names are looked up. `path` is the attribute that `this` stands for, from the root; undefined when it is only
 * known while rendering.
 */
interface Scope {
  readonly path: readonly string[] | undefined;
  readonly parent?: Scope;
  readonly names: ReadonlyMap<string, readonly string[] | undefined>;
}

class Stop extends Error {}

/**
 * Parses a template and walks through everything it says: only values, comments and the blocks if, unless, each and
 * with, and lookup. What passes is safe to generate code from. `attributes` are the paths of the values used, sorted; an
 * element of a list is written `[]` (`context.items[].name`).
 */
export function checkTemplate(source: string, escaping: Escaping): Checked {
  const at = (index: number, message: string): Checked => ({
    ok: false,
    messages: [`line ${String(source.slice(0, index).split('\n').length)}: ${message}`],
  });
  const raw = /\{\{\{\{|\\\{\{/.exec(source);
  if (raw) return at(raw.index, 'raw blocks and escaped braces are not supported');
  const { tags, unclosed } = scanTags(source);
  if (unclosed !== undefined) return at(unclosed, 'braces that are opened and not closed');
  const excess = tooMuch(tags);
  if (excess) return at(excess.at, excess.message);
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return { ok: false, messages: [firstLines(error)] };
  }
  const walk = createWalk(escaping);
  try {
    walk.program(program, { path: [], names: new Map() }, 0);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  if (walk.messages.length > 0) return { ok: false, messages: walk.messages };
  return { ok: true, program, attributes: [...walk.attributes].toSorted() };
}

/** The parser's own words: the line, then the text around the error with a marker under it. */
const firstLines = (error: unknown): string =>
  (error instanceof Error ? error.message : 'cannot be parsed')
    .replace(/^Parse error on line (\d+):/, 'line $1:')
    .split('\n')
    .slice(0, 3)
    .join('\n')
    .slice(0, 300);

function createWalk(escaping: Escaping) {
  const messages: string[] = [];
  const attributes = new Set<string>();
  let expressions = 0;

  const refuse = (node: hbs.AST.Node, message: string): void => {
    messages.push(`line ${String(node.loc.start.line)}: ${message}`);
    if (messages.length >= MAX_MESSAGES) throw new Stop();
  };

  function count(node: hbs.AST.Node, depth: number): void {
    expressions += 1;
    if (expressions > TEMPLATE_LIMITS.expressions) {
      refuse(node, `more than ${String(TEMPLATE_LIMITS.expressions)} values and blocks`);
      throw new Stop();
    }
    if (depth > TEMPLATE_LIMITS.depth) {
      refuse(node, `nested more than ${String(TEMPLATE_LIMITS.depth)} deep`);
      throw new Stop();
    }
  }

  function program(node: hbs.AST.Program | undefined, scope: Scope, depth: number): void {
    for (const statement of node?.body ?? []) {
      if (is.content(statement) || is.comment(statement)) continue;
      count(statement, depth);
      if (is.mustache(statement)) mustache(statement, scope, depth);
      else if (is.block(statement)) block(statement, scope, depth);
      else refuse(statement, 'partials and decorators are not supported');
    }
  }

  function mustache(node: hbs.AST.MustacheStatement, scope: Scope, depth: number): void {
    if (!node.escaped) {
      if (escaping === 'html') refuse(node, 'values are always escaped in HTML: write {{…}} instead of {{{…}}}');
      // Everything that prints a value is one kind of statement to the code generator.
      node.escaped = true;
    }
    const called = node.params.length > 0 || hasHash(node);
    if (called || isName(node.path, 'lookup')) call(node, node.path, scope, depth);
    else if (isName(node.path, ...BLOCKS))
      refuse(node, `${text(node.path)} opens a block: write {{#${text(node.path)} …}}`);
    else value(node.path, scope, depth);
  }

  function block(node: hbs.AST.BlockStatement, scope: Scope, depth: number): void {
    const name = text(node.path);
    if (!isName(node.path, ...BLOCKS)) {
      refuse(node, `unknown block "${name}": there are ${[...BLOCKS].join(', ')}`);
      return;
    }
    const [subject, ...others] = node.params;
    if (!subject || others.length > 0) {
      refuse(node, `{{#${name} …}} takes exactly one value`);
      return;
    }
    const zero = name === 'if' || name === 'unless';
    for (const pair of hashOf(node)) {
      if (!zero || pair.key !== 'includeZero') refuse(node, `{{#${name} …}} does not know "${pair.key}="`);
      value(pair.value, scope, depth);
    }
    const path = value(subject, scope, depth);
    const inner = name === 'each' ? path && [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`] : path;
    const entered = zero ? scope : enter(scope, inner, node.program, name === 'each');
    program(node.program, entered, depth + 1);
    program(node.inverse, scope, depth + 1);
  }

  /** A call with parameters: of `lookup` only. */
  function call(
    node: hbs.AST.MustacheStatement | hbs.AST.SubExpression,
    path: hbs.AST.Expression,
    scope: Scope,
    depth: number,
  ): readonly string[] | undefined {
    if (!isName(path, 'lookup')) {
      refuse(node, `unknown helper "${text(path)}": there are ${HELPERS.join(', ')}`);
      return undefined;
    }
    if (node.params.length !== 2 || hasHash(node)) refuse(node, 'lookup takes a value and a name');
    const [from] = node.params.map((parameter) => value(parameter, scope, depth + 1));
    const key = node.params[1];
    return from && key && is.string(key) ? note([...from, key.value]) : undefined;
  }

  /** The attribute that an expression stands for, where it is known before rendering. */
  function value(node: hbs.AST.Expression, scope: Scope, depth: number): readonly string[] | undefined {
    if (is.call(node)) {
      count(node, depth);
      return call(node, node.path, scope, depth);
    }
    if (!is.path(node)) return undefined;
    const { parts } = node;
    if (node.data) {
      if (!LOOP_VARIABLES.has(parts[0] ?? '')) refuse(node, `unknown name "@${parts[0] ?? ''}"`);
      return parts[0] === 'root' ? resolve(node, [], parts.slice(1)) : undefined;
    }
    let from: Scope | undefined = scope;
    const named = node.depth === 0 && !/^(\.|this\b)/.test(node.original) ? binding(scope, parts[0]) : undefined;
    if (named) return named.path && note([...named.path, ...parts.slice(1)]);
    for (let up = node.depth; up > 0; up--) from = from?.parent;
    if (!from) {
      refuse(node, `"${node.original}" leads out of the template`);
      return undefined;
    }
    return from.path && resolve(node, from.path, parts);
  }

  function resolve(
    node: hbs.AST.Node,
    base: readonly string[],
    parts: readonly string[],
  ): readonly string[] | undefined {
    const path = [...base, ...parts];
    const root = path[0];
    if (root !== undefined && root !== 'context' && root !== 'profile') {
      refuse(node, `unknown name "${root}": values are in context.… and profile.…`);
      return undefined;
    }
    return note(path);
  }

  function note(path: readonly string[]): readonly string[] {
    if (path.length > 1) attributes.add(path.join('.'));
    return path;
  }

  return { messages, attributes, program };
}

function enter(
  parent: Scope,
  path: readonly string[] | undefined,
  program: hbs.AST.Program | undefined,
  loop: boolean,
): Scope {
  const [item, key] = program?.blockParams ?? [];
  const names = new Map<string, readonly string[] | undefined>();
  if (item !== undefined) names.set(item, path);
  if (loop && key !== undefined) names.set(key, undefined);
  return { path, parent, names };
}

/** A block parameter of that name, of the nearest block that has one. */
function binding(scope: Scope, name: string | undefined): { path: readonly string[] | undefined } | undefined {
  if (name === undefined) return undefined;
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    if (at.names.has(name)) return { path: at.names.get(name) };
  }
  return undefined;
}

const is = {
  content: (node: hbs.AST.Node): node is hbs.AST.ContentStatement => node.type === 'ContentStatement',
  comment: (node: hbs.AST.Node): node is hbs.AST.CommentStatement => node.type === 'CommentStatement',
  mustache: (node: hbs.AST.Node): node is hbs.AST.MustacheStatement => node.type === 'MustacheStatement',
  block: (node: hbs.AST.Node): node is hbs.AST.BlockStatement => node.type === 'BlockStatement',
  call: (node: hbs.AST.Node): node is hbs.AST.SubExpression => node.type === 'SubExpression',
  path: (node: hbs.AST.Node): node is hbs.AST.PathExpression => node.type === 'PathExpression',
  string: (node: hbs.AST.Node): node is hbs.AST.StringLiteral => node.type === 'StringLiteral',
};

const hashOf = (node: { hash?: hbs.AST.Hash }): readonly hbs.AST.HashPair[] => node.hash?.pairs ?? [];
const hasHash = (node: { hash?: hbs.AST.Hash }): boolean => hashOf(node).length > 0;

const text = (node: hbs.AST.Expression): string => ('original' in node ? String(node.original) : '');

const isName = (node: hbs.AST.Expression, ...names: readonly string[]): boolean =>
  is.path(node) && !node.data && node.depth === 0 && node.parts.length === 1 && names.includes(node.original);
