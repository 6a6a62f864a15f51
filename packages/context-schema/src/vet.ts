import { RE2JS } from 're2js';
import { FORMATS } from './formats.ts';
import { SCHEMA_LIMITS } from './limits.ts';
import { definitionOf, isObject, type Json, type SchemaNode } from './node.ts';

/** Ends the vetting; never leaves this package. */
class Refused extends Error {}

interface Place {
  /** As in `properties.order.items`; empty for the schema itself. */
  readonly path: string;
  readonly depth: number;
  /** The definitions that led here. */
  readonly within: readonly string[];
  /** A value that is missing here can be filled in. */
  readonly fillable: boolean;
  /** Whether this is a branch of which it is not known that it applies. */
  readonly branch: boolean;
}
interface Vetting {
  readonly definitions: Json;
  schemas: number;
}
type Keyword = (value: unknown, at: Place, vetting: Vetting) => string | undefined;

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
const DIALECTS = [
  'https://json-schema.org/draft/2020-12/schema',
  'http://json-schema.org/draft-07/schema#',
  'http://json-schema.org/draft-07/schema',
];
/** Names that JavaScript gives a meaning of its own. */
const NO_NAME = '__proto__';

const when =
  (is: (value: unknown) => boolean, message: string): Keyword =>
  (value) =>
    is(value) ? undefined : message;

const text = when((value) => typeof value === 'string', 'must be text');
const yesOrNo = when((value) => typeof value === 'boolean', 'must be true or false');
const number = when((value) => Number.isFinite(value), 'must be a number');
const count = when((value) => Number.isSafeInteger(value) && Number(value) >= 0, 'must be a whole number from 0');
const anything: Keyword = () => undefined;
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');
const isShort = (list: readonly unknown[]): boolean => list.length > 0 && list.length <= SCHEMA_LIMITS.choices;

const inside =
  (step: string, over: Partial<Place> = {}): Keyword =>
  (value, at, vetting) => {
    vetNode(value, { ...at, fillable: false, ...over, path: pathOf(at, step), depth: at.depth + 1 }, vetting);
    return undefined;
  };

const branches =
  (name: string, branch: boolean): Keyword =>
  (value, at, vetting) => {
    if (!Array.isArray(value) || !isShort(value)) return `must be a list of 1 to ${SCHEMA_LIMITS.choices} schemas`;
    for (const [index, one] of value.entries()) {
      inside(`${name}[${index}]`, branch ? { branch } : {})(one, at, vetting);
    }
    return undefined;
  };

/** Every keyword that a schema may have. What is not here is refused, so that nobody relies on what is not looked at. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $schema: when(
    (value) => typeof value === 'string' && DIALECTS.includes(value),
    'must be that of JSON Schema 2020-12 (or draft 7)',
  ),
  $comment: text,
  title: text,
  description: text,
  examples: when(Array.isArray, 'must be a list'),
  deprecated: yesOrNo,
  'x-sensitive': yesOrNo,
  $defs: (value, at, vetting) => {
    if (at.path !== '') return 'can stand at the top only';
    if (!isObject(value)) return 'must be an object of schemas';
    // Also what nothing refers to is compiled.
    for (const [name, node] of Object.entries(value)) {
      if (definitionOf(`#/$defs/${name}`) === undefined) return 'can have names of letters, digits, "_", "." and "-"';
      inside(`$defs.${name}`, { within: [name] })(node, at, vetting);
    }
    return undefined;
  },
  $ref: (value, at, vetting) => {
    const name = definitionOf(value);
    if (name === undefined || !Object.hasOwn(vetting.definitions, name))
      return 'must name a definition of this schema, as in "#/$defs/address"';
    if (at.within.includes(name)) return `leads back to the definition "${name}" that it stands in`;
    const within = [...at.within, name];
    vetNode(vetting.definitions[name], { ...at, within, fillable: false, depth: at.depth + 1 }, vetting);
    return undefined;
  },
  type: when(
    (value) =>
      (typeof value === 'string' && TYPES.includes(value)) ||
      (isNames(value) && isShort(value) && value.every((one) => TYPES.includes(one))),
    `must be one or several of ${TYPES.join(', ')}`,
  ),
  properties: (value, at, vetting) => {
    if (!isObject(value)) return 'must be an object of schemas';
    for (const [name, node] of Object.entries(value)) {
      const wrong = nameProblem(name, at);
      if (wrong !== undefined) return wrong;
      inside(`properties.${name}`, { fillable: true })(node, at, vetting);
    }
    return undefined;
  },
  required: (value, at) => {
    if (!isNames(value) || value.length > SCHEMA_LIMITS.choices)
      return `must be a list of at most ${SCHEMA_LIMITS.choices} names`;
    return value.map((name) => nameProblem(name, at)).find((wrong) => wrong !== undefined);
  },
  additionalProperties: (value, at, vetting) =>
    typeof value === 'boolean' ? undefined : inside('additionalProperties')(value, at, vetting),
  minProperties: count,
  maxProperties: count,
  items: inside('items'),
  minItems: count,
  maxItems: count,
  minLength: count,
  maxLength: count,
  pattern: (value) => {
    if (typeof value !== 'string' || value.length > SCHEMA_LIMITS.pattern)
      return `must be text of at most ${SCHEMA_LIMITS.pattern} characters`;
    try {
      RE2JS.compile(value);
      return undefined;
    } catch {
      return 'is no pattern in the syntax of RE2, which has no look-around and no back-references';
    }
  },
  format: when(
    (value) => typeof value === 'string' && FORMATS.has(value),
    `must be one of ${[...FORMATS.keys()].join(', ')}`,
  ),
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: when((value) => Number.isFinite(value) && Number(value) > 0, 'must be a number above 0'),
  enum: when(
    (value) => Array.isArray(value) && isShort(value),
    `must be a list of 1 to ${SCHEMA_LIMITS.choices} values`,
  ),
  const: anything,
  default: (_value, { fillable, branch }) => {
    if (branch) return 'has no effect in a branch of anyOf or oneOf';
    return fillable ? undefined : 'has an effect directly in a property only';
  },
  allOf: branches('allOf', false),
  anyOf: branches('anyOf', true),
  oneOf: branches('oneOf', true),
};

export type Vetted =
  { readonly ok: true; readonly schema: SchemaNode } | { readonly ok: false; readonly message: string };

/**
 * Whether a schema is one that Herald compiles: only keywords that it knows, each with a value of its form, within
 * `SCHEMA_LIMITS`. The message begins with the place, and quotes nothing but names.
 */
export function vet(schema: unknown): Vetted {
  try {
    if (!isObject(schema)) throw new Refused('must be an object');
    const bytes = Buffer.byteLength(JSON.stringify(schema));
    if (bytes > SCHEMA_LIMITS.bytes) throw new Refused(`has ${bytes} bytes; the limit is ${SCHEMA_LIMITS.bytes}`);
    if (schema['type'] !== 'object') throw new Refused('must have "type": "object": a context is an object');
    const definitions = isObject(schema['$defs']) ? schema['$defs'] : {};
    vetNode(schema, { path: '', depth: 0, within: [], fillable: false, branch: false }, { definitions, schemas: 0 });
    return { ok: true, schema };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message };
    throw error;
  }
}

function vetNode(node: unknown, at: Place, vetting: Vetting): void {
  const refuse = (message: string, keyword?: string): never => {
    const path = keyword === undefined ? at.path : pathOf(at, keyword);
    throw new Refused(path === '' ? message : `${path.slice(0, 200)} ${message}`);
  };
  if (!isObject(node)) return refuse('must be an object');
  if (at.depth > SCHEMA_LIMITS.depth) refuse(`is more than ${SCHEMA_LIMITS.depth} levels deep`);
  if (++vetting.schemas > SCHEMA_LIMITS.schemas) {
    refuse(`has more than ${SCHEMA_LIMITS.schemas} schemas, each $ref counted as what it stands for`);
  }
  for (const [name, value] of Object.entries(node)) {
    const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    const message = keyword === undefined ? 'is no keyword that is supported' : keyword(value, at, vetting);
    if (message !== undefined) refuse(message, name);
  }
}

const pathOf = ({ path }: Place, step: string): string => (path === '' ? step : `${path}.${step}`);

function nameProblem(name: string, { path }: Place): string | undefined {
  if (name === NO_NAME) return `cannot have the name ${NO_NAME}`;
  if (name.length > SCHEMA_LIMITS.name) return `can have names of at most ${SCHEMA_LIMITS.name} characters`;
  return path === '' && name === 'system' ? 'cannot have the name system: it is Herald’s own' : undefined;
}
