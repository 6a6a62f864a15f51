import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { alternatives, isObject, type Json, type SchemaNode } from './node.ts';
import { FORMATS } from './formats.ts';
import { vet } from './vet.ts';

/** JSON values by name. */
export type Context<V = unknown> = Readonly<Record<string, V>>;

export type Checked<V = unknown> =
  /** `context` is the given one where there is nothing to fill in, and otherwise a copy with the defaults. */
  | { readonly ok: true; readonly context: Context<V> }
  /** `path` as in `order.items[0].price`, empty for the context itself; `message` goes on from there. No values. */
  | { readonly ok: false; readonly path: string; readonly message: string };

export interface ContextSchema {
  readonly schema: SchemaNode;
  /** Whether the context of one recipient is as the schema says. The same for the same context, and never changes it. */
  check<V>(context: Context<V>): Checked<V>;
}

export type CompiledSchema =
  | { readonly ok: true; readonly compiled: ContextSchema }
  /** Begins with the place in the schema. */
  | { readonly ok: false; readonly message: string };

/** Linear in the text, whatever the pattern: what a call sends is matched against what an author wrote. */
const linear = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 'linear' });

/**
 * Compiles the JSON Schema of a context: milliseconds, for checks of microseconds. Only what `vet` let through reaches
 * the compiler, which makes a function of it.
 */
export function compileContextSchema(schema: unknown): CompiledSchema {
  const vetted = vet(schema);
  if (!vetted.ok) return vetted;
  const root = vetted.schema;
  const ajv = createAjv();
  const validate = ajv.compile<Record<string, unknown>>(root);
  const defaults = defaultsOf(root);
  // It would be filled in and then refused, at every call.
  const wrong = defaults.find(({ node: { default: value, ...allowed } }) => {
    const allows = ajv.compile({ $defs: root.$defs ?? {}, ...allowed });
    return !allows(copyOf(value));
  });
  if (wrong !== undefined) return { ok: false, message: `${wrong.path} has a default that it does not allow` };
  const fills = defaults.length > 0;
  return {
    ok: true,
    compiled: {
      schema: root,
      check: <V>(given: Context<V>): Checked<V> => {
        const context = fills ? copyOf(given) : given;
        if (validate(context)) return { ok: true, context };
        return failureOf(validate.errors?.at(-1), given);
      },
    },
  };
}

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
    // `vet` has looked at it, and nothing is fetched or looked up by name.
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    logger: false,
    allErrors: false,
    // A context that has no `constructor` has none.
    ownProperties: true,
    useDefaults: true,
    code: { regExp: linear },
  });
  ajv.addVocabulary(['x-sensitive']);
  for (const [name, validate] of FORMATS) ajv.addFormat(name, { type: 'string', validate });
  return ajv;
}

const copyOf = <T>(value: T): T => structuredClone(value);

/** Every property that has a default, wherever it stands. */
function defaultsOf(root: SchemaNode): { readonly path: string; readonly node: SchemaNode }[] {
  const found: { path: string; node: SchemaNode }[] = [];
  const walk = (value: unknown, path: string): void => {
    if (!isObject(value)) return;
    const node: SchemaNode = value;
    for (const [name, property] of Object.entries(node.properties ?? {})) {
      const at = `${path}properties.${name}`;
      if ('default' in property) found.push({ path: at, node: property });
      walk(property, `${at}.`);
    }
    for (const [name, definition] of Object.entries(node.$defs ?? {})) walk(definition, `${path}$defs.${name}.`);
    for (const keyword of ['items', 'additionalProperties'] as const) walk(node[keyword], `${path}${keyword}.`);
    for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
      for (const [index, branch] of (node[keyword] ?? []).entries()) walk(branch, `${path}${keyword}[${index}].`);
    }
  };
  walk(root, '');
  return found;
}

function failureOf(error: ErrorObject | undefined, context: Json): Extract<Checked, { ok: false }> {
  if (error === undefined) return { ok: false, path: '', message: 'is not as the schema of the campaign says' };
  const { instancePath, keyword, params, message = '' } = error;
  const path = fieldOf(instancePath, context);
  const below = (name: unknown): string => (path === '' ? String(name) : `${path}.${String(name)}`);
  if (keyword === 'required') return { ok: false, path: below(params['missingProperty']), message: 'is required' };
  if (keyword === 'additionalProperties') {
    const name = below(params['additionalProperty']);
    return { ok: false, path: name, message: 'is not in the schema of the campaign, which allows no others' };
  }
  return {
    ok: false,
    path,
    message: keyword === 'anyOf' || keyword === 'oneOf' ? 'has none of the allowed forms' : message,
  };
}

/** `/items/0/price` of a list `items` is `items[0].price`. */
function fieldOf(pointer: string, context: unknown): string {
  let field = '';
  let value: unknown = context;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    field += Array.isArray(value) ? `[${name}]` : field === '' ? name : `.${name}`;
    value = typeof value === 'object' && value !== null ? (value as Json)[name] : undefined;
  }
  return field;
}

export type Declared =
  | 'declared'
  /** The schema says nothing about it, and allows it. */
  | 'undeclared'
  /** No context that the schema allows has it. */
  | 'impossible';

/** What a schema says about an attribute that content uses: `order.items[].name`, without `context.`. */
export function declares({ schema: root }: ContextSchema, attribute: string): Declared {
  let nodes = alternatives(root, root);
  for (const step of stepsOf(attribute)) {
    const steps = nodes.map((node) => stepInto(node, step));
    const next = steps.filter((one) => typeof one === 'object');
    if (next.length === 0) return steps.includes('impossible') ? 'impossible' : 'undeclared';
    nodes = next.flatMap((node) => alternatives(root, node));
  }
  return 'declared';
}

const LIST: unique symbol = Symbol('list');
type Step = string | typeof LIST;

function stepsOf(attribute: string): Step[] {
  return attribute.split('.').flatMap((part): Step[] => {
    const name = part.replace(/(?:\[\])+$/, '');
    const lists = (part.length - name.length) / 2;
    return [...(name === '' ? [] : [name]), ...Array.from({ length: lists }, (): Step => LIST)];
  });
}

function stepInto(node: SchemaNode, step: Step): SchemaNode | 'impossible' | 'undeclared' {
  const types = node.type === undefined ? undefined : [node.type].flat();
  const may = (type: string): boolean => types === undefined || types.includes(type);
  // A loop can also go over the values of an object.
  if (step === LIST) {
    if (node.items !== undefined) return node.items;
    if (isObject(node.additionalProperties)) return node.additionalProperties;
    return may('array') || may('object') ? 'undeclared' : 'impossible';
  }
  const property = Object.hasOwn(node.properties ?? {}, step) ? node.properties?.[step] : undefined;
  if (property !== undefined) return property;
  if (isObject(node.additionalProperties)) return node.additionalProperties;
  if (may('array') && /^(?:length|\d+)$/.test(step)) return node.items ?? 'undeclared';
  if (!may('object') && !may('array')) return 'impossible';
  return may('object') && node.additionalProperties !== false ? 'undeclared' : 'impossible';
}
