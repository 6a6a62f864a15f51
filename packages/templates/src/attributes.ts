import type { MessageResolvedV1 } from '@herald/contracts';

/** JSON values by name. */
export type Attributes = MessageResolvedV1['profile'];
type Json = Attributes[string];

/** Below it values are kept as they are: a hostile depth must cost no stack. */
const MAX_DEPTH = 32;

const isObject = (value: Json | undefined): value is Attributes =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Turns dotted names into objects: `{ "person.name.firstName": "Ada" }` and `{ person: { name: { firstName: "Ada" } } }`
 * come out alike, and may be mixed. Where two names collide, the one with more dots wins, then the later one.
 * Names with a part `__proto__` are dropped. The input is not changed.
 */
export function nestAttributes(flat: Readonly<Attributes>): Attributes {
  const nested: Attributes = {};
  merge(nested, flat, 0);
  return nested;
}

/** Both arguments nested: what `over` says wins, name by name, down to single values; a list wins whole. */
export function mergeAttributes(base: Readonly<Attributes>, over: Readonly<Attributes>): Attributes {
  const merged: Attributes = {};
  merge(merged, base, 0);
  merge(merged, over, 0);
  return merged;
}

/** The text at a dotted path of nested attributes; undefined when there is no text. */
export function readAttribute(attributes: Readonly<Attributes>, path: string): string | undefined {
  let value: Json | undefined = attributes;
  for (const part of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return typeof value === 'string' ? value : undefined;
}

function merge(target: Attributes, source: Readonly<Attributes>, depth: number): void {
  const names = Object.keys(source);
  const dotted = names.filter((name) => name.includes('.')).map((name) => ({ name, path: name.split('.') }));
  for (const name of names) if (!name.includes('.')) put(target, [name], source[name] ?? null, depth);
  dotted.sort((a, b) => a.path.length - b.path.length);
  for (const { name, path } of dotted) put(target, path, source[name] ?? null, depth);
}

function put(target: Attributes, path: readonly string[], value: Json, depth: number): void {
  if (path.includes('__proto__')) return;
  let node = target;
  for (const part of path.slice(0, -1)) node = child(node, part);
  const last = path.at(-1) ?? '';
  const below = depth + path.length;
  if (isObject(value) && below < MAX_DEPTH) merge(child(node, last), value, below);
  else node[last] = value;
}

/** The object under `name`, made if there is none. Own properties only: `constructor` is a name like any other. */
function child(node: Attributes, name: string): Attributes {
  const found = Object.hasOwn(node, name) ? node[name] : undefined;
  if (isObject(found)) return found;
  const made: Attributes = {};
  node[name] = made;
  return made;
}
