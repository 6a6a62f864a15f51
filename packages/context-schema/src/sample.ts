import type { Context, ContextSchema } from './compile.ts';
import { definitionOf, isObject, type SchemaNode } from './node.ts';
import { sampleOfPattern } from './pattern-sample.ts';

/** How often another branch of an `anyOf` or `oneOf` is tried. */
const TRIES = 6;

/** What stands for the name of an entry that can have any. */
const ANY_NAME = 'KEY';

/**
 * A context to begin with: what `used` has, and what the schema requires beside, each value of the type that the schema
 * says. `word` makes a text of a name. As the schema says wherever that can be found out.
 */
export function sampleContext(
  { schema, check }: ContextSchema,
  used: Context,
  word: (name: string) => string,
): Context {
  const samples = Array.from({ length: TRIES }, (_, branch) => {
    const sample = createSampler(schema, branch, word)(used, schema, 'context');
    return isObject(sample) ? sample : {};
  });
  return samples.find((sample) => check(sample).ok) ?? samples[0] ?? {};
}

type Sampler = (used: unknown, node: SchemaNode | undefined, name: string) => unknown;

function createSampler(root: SchemaNode, branch: number, word: (name: string) => string): Sampler {
  /** All that applies where a schema does, as one: of branches, one. */
  function whole(node: SchemaNode): SchemaNode {
    const target = node.$ref === undefined ? undefined : root.$defs?.[definitionOf(node.$ref) ?? ''];
    const chosen = [node.anyOf, node.oneOf].flatMap((list): SchemaNode[] => {
      const one = list?.[branch % list.length];
      return one === undefined ? [] : [one];
    });
    const parts: SchemaNode[] = [...(target === undefined ? [] : [target]), ...(node.allOf ?? []), ...chosen];
    return parts.map(whole).reduce(joined, node);
  }

  const sample: Sampler = (used, part, name) => {
    if (part === undefined) return used ?? word(name);
    const node = whole(part);
    if ('const' in node) return node.const;
    if ('default' in node) return node.default;
    if (node.enum !== undefined) return node.enum[0];
    const type = typeOf(node, used);
    if (type === 'object') return objectOf(used, node, name);
    if (type === 'array') {
      const item = sample(Array.isArray(used) ? used[0] : undefined, node.items, name);
      const { minItems = 1, maxItems = 1 } = node as { readonly minItems?: number; readonly maxItems?: number };
      return Array.from({ length: maxItems === 0 ? 0 : Math.max(1, Math.min(minItems, 20)) }, () => item);
    }
    if (type === 'number' || type === 'integer') return numberOf(node, type === 'integer' ? 1 : undefined);
    if (type === 'boolean') return true;
    if (type === 'null') return null;
    return type === 'string' ? textOf(node, word(name)) : (used ?? word(name));
  };

  function objectOf(used: unknown, node: SchemaNode, name: string): Context {
    const { properties = {}, required = [], additionalProperties: others } = node;
    const further = isObject(others) ? others : undefined;
    // Content may go through an object as through a list.
    if (Array.isArray(used)) return { [ANY_NAME]: sample(used[0], further, name) };
    const given = isObject(used) ? used : {};
    const names = new Set([...Object.keys(given), ...required]);
    return Object.fromEntries(
      [...names].flatMap((one) => {
        const known = Object.hasOwn(properties, one) ? properties[one] : undefined;
        if (known === undefined && others === false) return [];
        return [[one, sample(Object.hasOwn(given, one) ? given[one] : undefined, known ?? further, one)]];
      }),
    );
  }

  return sample;
}

function joined(one: SchemaNode, other: SchemaNode): SchemaNode {
  const names = [...new Set([...Object.keys(one.properties ?? {}), ...Object.keys(other.properties ?? {})])];
  const properties = names.map((name): [string, SchemaNode] => {
    const both = [one.properties?.[name], other.properties?.[name]].filter((node) => node !== undefined);
    return [name, both.length === 1 ? (both[0] as SchemaNode) : { allOf: both }];
  });
  return {
    ...other,
    ...one,
    ...(names.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    required: [...new Set([...(one.required ?? []), ...(other.required ?? [])])],
  };
}

/** Of several types the one that goes with how the content uses the value, or the first that is not null. */
function typeOf(node: SchemaNode, used: unknown): string | undefined {
  const types = node.type === undefined ? [] : [node.type].flat();
  const wanted = Array.isArray(used) ? 'array' : isObject(used) ? 'object' : undefined;
  if (wanted !== undefined && types.includes(wanted)) return wanted;
  const first = types.find((type) => type !== 'null') ?? types[0];
  if (first !== undefined) return first;
  if (node.properties !== undefined || (node.required ?? []).length > 0) return 'object';
  if (node.items !== undefined) return 'array';
  const isText = node['format'] !== undefined || node['pattern'] !== undefined || node['minLength'] !== undefined;
  if (isText) return 'string';
  return node['minimum'] !== undefined || node['maximum'] !== undefined ? 'number' : undefined;
}

const numberIn = (node: SchemaNode, keyword: string): number | undefined =>
  typeof node[keyword] === 'number' ? node[keyword] : undefined;

/** The smallest from 1 on that is allowed, or else the smallest, or the greatest. */
function numberOf(node: SchemaNode, whole: number | undefined): number {
  const [least, over] = [numberIn(node, 'minimum'), numberIn(node, 'exclusiveMinimum')];
  const [most, under] = [numberIn(node, 'maximum'), numberIn(node, 'exclusiveMaximum')];
  const step = numberIn(node, 'multipleOf') ?? whole;
  const top = Math.min(most ?? Infinity, under ?? Infinity);
  const bottom = Math.max(least ?? -Infinity, over ?? -Infinity);
  const fits = (value: number): boolean =>
    value >= (least ?? -Infinity) &&
    value > (over ?? -Infinity) &&
    value <= (most ?? Infinity) &&
    value < (under ?? Infinity);
  const stepped = (value: number, round: (value: number) => number): number =>
    step === undefined ? value : round(value / step) * step;
  const candidates = [
    1,
    stepped(1, Math.ceil),
    0,
    ...(Number.isFinite(bottom) ? [bottom, stepped(bottom, Math.ceil), stepped(bottom, Math.floor) + (step ?? 1)] : []),
    ...(Number.isFinite(top) ? [top, stepped(top, Math.floor), stepped(top, Math.ceil) - (step ?? 1)] : []),
    ...(Number.isFinite(bottom) && Number.isFinite(top) ? [(bottom + top) / 2] : []),
  ];
  const isStep = (value: number): boolean => step === undefined || Number.isInteger(value / step);
  const isWhole = (value: number): boolean => whole === undefined || Number.isInteger(value);
  return candidates.find((value) => fits(value) && isStep(value) && isWhole(value)) ?? 1;
}

const FORMAT_SAMPLES: Readonly<Record<string, string>> = {
  date: '2027-01-31',
  'date-time': '2027-01-31T12:00:00Z',
  email: 'name@example.com',
  phone: '+15550100000',
  uri: 'https://example.com/PATH',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function textOf(node: SchemaNode, word: string): string {
  const format = typeof node['format'] === 'string' ? FORMAT_SAMPLES[node['format']] : undefined;
  if (format !== undefined) return format;
  const pattern = typeof node['pattern'] === 'string' ? sampleOfPattern(node['pattern']) : undefined;
  const least = Math.min(numberIn(node, 'minLength') ?? 0, 4_000);
  const most = numberIn(node, 'maxLength') ?? Infinity;
  // Characters are counted as JSON Schema counts them.
  const characters = Array.from(pattern ?? word);
  if (characters.length < least) return (pattern ?? word) + 'X'.repeat(least - characters.length);
  return characters.length > most ? characters.slice(0, most).join('') : characters.join('');
}
