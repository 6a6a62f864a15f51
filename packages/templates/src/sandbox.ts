import Handlebars from 'handlebars';
import { TEMPLATE_LIMITS } from './limits.ts';

/** Ends a rendering that would cost too much; never leaves this package. */
export class LimitError extends Error {
  readonly reason: 'output-too-large' | 'too-many-iterations';

  constructor(reason: LimitError['reason']) {
    super(reason);
    this.reason = reason;
  }
}

export type Escaping = 'html' | 'none';

/** What one rendering has used up. Rendering is synchronous, so one at a time is enough. */
const used = { printed: 0, iterations: 0 };

/**
 * What stands in the output for a value: text, numbers and booleans as they are, anything else as nothing. (An object
 * printed as JSON would show the structure of data that the author never asked for.)
 */
function print(value: unknown): string {
  if (typeof value === 'string') {
    used.printed += value.length;
    if (used.printed > TEMPLATE_LIMITS.outputBytes) throw new LimitError('output-too-large');
    return value;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const HTML_SPECIAL = /[&<>"'`=]/;

const printers: Record<Escaping, (value: unknown) => string> = {
  none: print,
  html: (value) => {
    const text = print(value);
    return HTML_SPECIAL.test(text) ? Handlebars.escapeExpression(text) : text;
  },
};

/** The part of the code generator that is public for overriding, and untyped. */
interface CodeGenerator {
  compiler: unknown;
  appendEscaped(): void;
  appendToBuffer(source: readonly unknown[]): unknown;
  popStack(): unknown;
  pushSource(source: unknown): void;
}

const isGenerator = (value: unknown): value is new () => CodeGenerator => typeof value === 'function';

interface Frame {
  [name: string]: unknown;
}

interface BlockOptions {
  fn(context: unknown, options: { data: unknown; blockParams: readonly unknown[] }): string;
  inverse(context: unknown): string;
  data: Frame;
}

function each(this: unknown, items: unknown, options: BlockOptions): string {
  if (typeof items !== 'object' || items === null) return options.inverse(this);
  const keys = Object.keys(items);
  if (keys.length === 0) return options.inverse(this);
  const data: Frame = Handlebars.createFrame(options.data);
  let output = '';
  for (const [index, name] of keys.entries()) {
    if (++used.iterations > TEMPLATE_LIMITS.iterations) throw new LimitError('too-many-iterations');
    const key = Array.isArray(items) ? index : name;
    const item: unknown = Reflect.get(items, name);
    Object.assign(data, { key, index, first: index === 0, last: index === keys.length - 1 });
    output += options.fn(item, { data, blockParams: [item, key] });
    if (output.length > TEMPLATE_LIMITS.outputBytes) throw new LimitError('output-too-large');
  }
  return output;
}

/** Own properties only, by a name or a place: an object as the name would be asked for its `toString`. */
function lookup(from: unknown, name: unknown): unknown {
  if (typeof from !== 'object' || from === null) return undefined;
  if (typeof name !== 'string' && typeof name !== 'number') return undefined;
  return Object.hasOwn(from, name) ? Reflect.get(from, name) : undefined;
}

export const HELPERS = ['if', 'unless', 'each', 'with', 'lookup'] as const;

function isolated(): typeof Handlebars {
  const sandbox = Handlebars.create();
  for (const name of Object.keys(sandbox.helpers)) {
    if (!HELPERS.some((allowed) => allowed === name)) sandbox.unregisterHelper(name);
  }
  sandbox.registerHelper('each', each);
  sandbox.registerHelper('lookup', lookup);

  const Base: unknown = Reflect.get(sandbox, 'JavaScriptCompiler');
  if (!isGenerator(Base)) throw new Error('this release of Handlebars has no code generator to extend');
  class Generator extends Base {
    // Every value goes through the rendering's own printer: the stock code calls methods that a value brings along.
    override appendEscaped(): void {
      this.pushSource(this.appendToBuffer(['data.print(', this.popStack(), ')']));
    }
  }
  Generator.prototype.compiler = Generator;
  Reflect.set(sandbox, 'JavaScriptCompiler', Generator);
  return sandbox;
}

const sandbox = isolated();
const knownHelpers = Object.fromEntries(HELPERS.map((name) => [name, true]));

export type Part = (root: unknown) => string;

/**
 * Generates code for a checked syntax tree (`checkTemplate`: nothing else may come here). The result throws
 * `LimitError`, and `RangeError` when a string outgrows the engine's limit.
 */
export function generate(program: hbs.AST.Program, escaping: Escaping): Part {
  const template = sandbox.compile<unknown>(program, { knownHelpers, knownHelpersOnly: true, preventIndent: true });
  const printer = printers[escaping];
  return (root) => {
    used.printed = 0;
    used.iterations = 0;
    const output = template(root, {
      data: { root, print: printer },
      // Given explicitly, because the default also writes a warning about the name to the console.
      allowProtoPropertiesByDefault: false,
      allowProtoMethodsByDefault: false,
    });
    if (output.length > TEMPLATE_LIMITS.outputBytes) throw new LimitError('output-too-large');
    return output;
  };
}
