import {
  hashOf,
  inverseOf,
  is,
  isCall,
  nameOf,
  programOf,
  textOfNode,
  type Block,
  type Mustache,
  type Statement,
} from './ast.ts';
import { chargeIteration, LimitError } from './budget.ts';
import { compileCall, compileExpression, type Eval, type Notes } from './expressions.ts';
import { helperOf } from './helpers/index.ts';
import { isTrue } from './helpers/values.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { PRINTERS, type Print } from './print.ts';
import { enter, ROOT, type Frame, type Scope } from './scope.ts';

const BLOCKS: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);
const MAX_MESSAGES = 20;

type Text = (frame: Frame) => string;

export interface Built {
  /** Every `context.…` and `profile.…` path that is used, sorted. */
  readonly attributes: readonly string[];
  /** Each begins with its line. What has any must not be rendered. */
  readonly messages: readonly string[];
  /**
   * Merges values (JSON only) into the template; to be bracketed by `startRendering`. Throws `LimitError`, `MissingError`,
   * and `RangeError` when a text outgrows the engine's limit.
   */
  readonly render: (root: unknown) => string;
}

export interface BuildOptions {
  /** How a value is written; undefined where it could not be decided, which is a message of somebody else. */
  readonly printOf: (statement: Mustache) => Print | undefined;
  /** Whether `{{{…}}}` is the same as `{{…}}`; otherwise it is refused. */
  readonly unescaped: boolean;
}

class Stop extends Error {}

/**
 * Turns a syntax tree into functions. Only what is named here passes: values, comments, the blocks if, unless, each and
 * with, and helpers; so there is nothing by which a template could come to itself again.
 */
export function buildTemplate(program: hbs.AST.Program, options: BuildOptions): Built {
  const messages: string[] = [];
  const attributes = new Set<string>();
  let expressions = 0;

  const notes: Notes = {
    refuse: (node, message) => {
      messages.push(`line ${String(node.loc.start.line)}: ${message}`);
      if (messages.length >= MAX_MESSAGES) throw new Stop();
    },
    count: (node, depth) => {
      expressions += 1;
      const { expressions: most, depth: deepest } = TEMPLATE_LIMITS;
      if (expressions <= most && depth <= deepest) return;
      notes.refuse(
        node,
        depth > deepest ? `nested more than ${String(deepest)} deep` : `more than ${String(most)} values and blocks`,
      );
      throw new Stop();
    },
    counted: () => expressions,
    attribute: (path) => {
      if (path.length > 1) attributes.add(path.join('.'));
    },
  };

  let text: Text = () => '';
  try {
    text = compileBody(program.body, ROOT, 0, { notes, options });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return {
    attributes: [...attributes].toSorted(),
    messages,
    render: (context) => bounded(text({ ...NO_LOOP, parent: undefined, context })),
  };
}

interface Compiling {
  readonly notes: Notes;
  readonly options: BuildOptions;
}

const NO_LOOP = { key: undefined, index: undefined, first: undefined, last: undefined };

function bounded(output: string): string {
  if (output.length > TEMPLATE_LIMITS.outputBytes) throw new LimitError('output-too-large');
  return output;
}

function compileBody(body: readonly Statement[], scope: Scope, depth: number, compiling: Compiling): Text {
  const texts: Text[] = [];
  for (const statement of body) {
    if (is.comment(statement)) continue;
    if (is.content(statement)) {
      const { value } = statement;
      if (value !== '') texts.push(() => value);
      continue;
    }
    compiling.notes.count(statement, depth);
    if (is.mustache(statement)) texts.push(compileMustache(statement, scope, depth, compiling));
    else if (is.block(statement)) texts.push(compileBlock(statement, scope, depth, compiling));
    else compiling.notes.refuse(statement, 'partials and decorators are not supported');
  }
  return (frame) => {
    let output = '';
    for (const text of texts) output += text(frame);
    return output;
  };
}

function compileMustache(node: Mustache, scope: Scope, depth: number, { notes, options }: Compiling): Text {
  if (!node.escaped && !options.unescaped) {
    notes.refuse(node, 'values are always escaped in HTML: write {{…}} instead of {{{…}}}');
  }
  const name = nameOf(node.path);
  if (BLOCKS.has(name)) notes.refuse(node, `${name} opens a block: write {{#${name} …}}`);
  else if (is.literal(node.path)) notes.refuse(node, 'text and numbers need no braces');
  else if (!isCall(node) && scope === ROOT && (name === 'lookup' || helperOf(name))) {
    notes.refuse(node, `${name} takes a value: write ${helperOf(name)?.usage ?? '{{lookup value "name"}}'}`);
  } else {
    const { of } = isCall(node)
      ? compileCall(node, scope, depth, true, notes)
      : compileExpression(node.path, scope, depth, true, notes);
    const print = options.printOf(node);
    if (print !== undefined) {
      const write = PRINTERS[print];
      return (frame) => write(of(frame));
    }
  }
  return () => '';
}

function compileBlock(node: Block, scope: Scope, depth: number, compiling: Compiling): Text {
  const { notes } = compiling;
  const name = nameOf(node.path);
  const [subject, ...others] = node.params;
  if (!BLOCKS.has(name)) {
    notes.refuse(node, `unknown block "${textOfNode(node.path)}": there are ${[...BLOCKS].join(', ')}`);
    return () => '';
  }
  if (!subject || others.length > 0) {
    notes.refuse(node, `{{#${name} …}} takes exactly one value`);
    return () => '';
  }
  const condition = name === 'if' || name === 'unless';
  let includeZero: Eval = () => false;
  for (const { key, value } of hashOf(node)) {
    if (!condition || key !== 'includeZero') notes.refuse(node, `{{#${name} …}} does not know "${key}="`);
    else includeZero = compileExpression(value, scope, depth, false, notes).of;
  }
  const loop = name === 'each';
  // What has another branch for it can be missing.
  const { of, path } = compileExpression(subject, scope, depth, loop && !inverseOf(node), notes);
  const program = programOf(node);
  const inner = condition ? scope : enter(scope, path, program?.blockParams ?? [], loop);
  const before = notes.counted();
  const body = compileBody(program?.body ?? [], inner, depth + 1, compiling);
  const weight = notes.counted() - before + 1;
  const other = compileBody(inverseOf(node)?.body ?? [], scope, depth + 1, compiling);
  if (loop) return (frame) => repeat(of(frame), frame, body, weight) ?? other(frame);
  if (name === 'with') {
    return (frame) => {
      const context = of(frame);
      return isTrue(context) || context === 0 ? body({ ...NO_LOOP, parent: frame, context }) : other(frame);
    };
  }
  const [yes, no] = name === 'if' ? [body, other] : [other, body];
  return (frame) => {
    const value = of(frame);
    return isTrue(value) || (value === 0 && isTrue(includeZero(frame))) ? yes(frame) : no(frame);
  };
}

/** Undefined when there is nothing to repeat for. `weight`: the values and blocks of one pass. */
function repeat(items: unknown, parent: Frame, body: Text, weight: number): string | undefined {
  if (typeof items !== 'object' || items === null) return undefined;
  const keys: readonly (string | number)[] = Array.isArray(items) ? [...items.keys()] : Object.keys(items);
  if (keys.length === 0) return undefined;
  const frame: Frame = { ...NO_LOOP, parent, context: undefined };
  let output = '';
  for (const [index, key] of keys.entries()) {
    chargeIteration(weight);
    frame.context = (items as Record<string | number, unknown>)[key];
    frame.key = key;
    frame.index = index;
    frame.first = index === 0;
    frame.last = index === keys.length - 1;
    output = bounded(output + body(frame));
  }
  return output;
}
