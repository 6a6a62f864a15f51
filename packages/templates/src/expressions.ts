import {
  hashOf,
  is,
  literalValue,
  nameOf,
  textOfNode,
  type Call,
  type Expression,
  type Mustache,
  type Path,
} from './ast.ts';
import { chargeWork, MissingError, missingEndsRendering } from './budget.ts';
import { HELPER_NAMES, helperOf } from './helpers/index.ts';
import { isMissing, member } from './helpers/values.ts';
import { resolve, type Frame, type Scope } from './scope.ts';

export type Eval = (frame: Frame) => unknown;

/** An expression, compiled. */
export interface Value {
  readonly of: Eval;
  /** The attribute that it stands for, where that is known before rendering. */
  readonly path?: readonly string[] | undefined;
  /** What is written out in the template. */
  readonly written?: unknown;
}

/** What the compiler of a part notes down. */
export interface Notes {
  refuse(node: hbs.AST.Node, message: string): void;
  /** Counts a value, block or call against the limits. */
  count(node: hbs.AST.Node, depth: number): void;
  /** How many have been counted. */
  counted(): number;
  attribute(path: readonly string[]): void;
}

/** What calling a helper costs, whatever it does. */
const CALL = 5;

const NOTHING: Value = { of: () => undefined };

/**
 * Compiles an expression. `needed`: a missing attribute leaves nothing to print or to repeat, so that a rendering for
 * which missing attributes matter ends there.
 */
export function compileExpression(node: Expression, scope: Scope, depth: number, needed: boolean, notes: Notes): Value {
  if (is.literal(node)) {
    const written = literalValue(node);
    return { of: () => written, written };
  }
  if (is.path(node)) return compilePath(node, scope, needed, notes);
  if (is.call(node)) {
    notes.count(node, depth);
    return compileCall(node, scope, depth, needed, notes);
  }
  notes.refuse(node, 'cannot be read as a value');
  return NOTHING;
}

function compilePath(node: Path, scope: Scope, needed: boolean, notes: Notes): Value {
  const resolved = resolve(node, scope);
  if ('message' in resolved) {
    notes.refuse(node, resolved.message);
    return NOTHING;
  }
  const { ups, slot, parts, path } = resolved;
  if (path) notes.attribute(path);
  const of: Eval = (frame) => {
    let at = frame;
    for (let up = ups; up > 0; up--) at = at.parent ?? at;
    let value: unknown = at[slot];
    for (const part of parts) value = member(value, part);
    return value;
  };
  return { of: needed ? orEnd(of, path?.join('.') ?? node.original) : of, path };
}

/** The helper of a statement or of something in parentheses. */
export function compileCall(node: Call | Mustache, scope: Scope, depth: number, needed: boolean, notes: Notes): Value {
  const name = nameOf(node.path);
  if (name === 'lookup') return compileLookup(node, scope, depth, needed, notes);
  const helper = helperOf(name);
  if (helper === undefined) {
    notes.refuse(node, `unknown helper "${textOfNode(node.path)}": there are ${HELPER_NAMES.join(', ')}`);
    return NOTHING;
  }
  const needs = needed && helper.needs;
  const params = node.params.map((param) => compileExpression(param, scope, depth + 1, needs, notes));
  const pairs = hashOf(node).map(
    ({ key, value }) => [key, compileExpression(value, scope, depth + 1, false, notes)] as const,
  );
  if (params.length < helper.min || params.length > helper.max) {
    notes.refuse(node, `wrong number of values for ${name}: write ${helper.usage}`);
    return NOTHING;
  }
  for (const [key] of pairs) {
    if (!helper.names?.includes(key)) notes.refuse(node, `${name} does not know "${key}=": write ${helper.usage}`);
  }
  const written = Object.fromEntries(pairs.map(([key, value]) => [key, value.written]));
  const message = helper.check?.({ params: params.map((param) => param.written), hash: written });
  if (message !== undefined) notes.refuse(node, `${name}: ${message}`);
  // Mostly they are written out, and the same for every message.
  const known = pairs.every(([, value]) => value.written !== undefined);
  const hashOfFrame = (frame: Frame) => Object.fromEntries(pairs.map(([key, { of }]) => [key, of(frame)]));
  return {
    of: (frame) => {
      chargeWork(CALL);
      return helper.run(
        params.map(({ of }) => of(frame)),
        known ? written : hashOfFrame(frame),
      );
    },
  };
}

function compileLookup(node: Call | Mustache, scope: Scope, depth: number, needed: boolean, notes: Notes): Value {
  if (node.params.length !== 2 || hashOf(node).length > 0) notes.refuse(node, 'lookup takes a value and a name');
  const [from = NOTHING, name = NOTHING] = node.params.map((param) =>
    compileExpression(param, scope, depth + 1, false, notes),
  );
  const path = from.path && typeof name.written === 'string' ? [...from.path, name.written] : undefined;
  if (path) notes.attribute(path);
  const of: Eval = (frame) => member(from.of(frame), name.of(frame));
  const label = path?.join('.') ?? (from.path ? `${from.path.join('.')}[]` : 'lookup');
  return { of: needed ? orEnd(of, label) : of, path };
}

const orEnd =
  (of: Eval, path: string): Eval =>
  (frame) => {
    const value = of(frame);
    if (isMissing(value) && missingEndsRendering()) throw new MissingError(path);
    return value;
  };
