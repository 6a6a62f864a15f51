import { alternatives, isObject, type Json, type SchemaNode } from './node.ts';

/** Stands where a value is not to be seen. */
export const MASK = '•••';

/** The paths of what a schema marks with `x-sensitive`, as in `order.items.code`; `*` is every name of an object. */
export function sensitiveIn(root: SchemaNode): string[] {
  const found = new Set<string>();
  const walk = (node: SchemaNode, path: string): void => {
    for (const one of alternatives(root, node)) {
      if (one['x-sensitive'] === true) found.add(path);
      const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
      for (const [name, property] of Object.entries(one.properties ?? {})) walk(property, below(name));
      if (isObject(one.additionalProperties)) walk(one.additionalProperties, below('*'));
      // A list is walked through wherever it stands: it has no step of its own.
      if (one.items !== undefined) walk(one.items, path);
    }
  };
  walk(root, '');
  return [...found].toSorted();
}

/**
 * A copy in which every value at or below one of the paths is the mask. Lists and objects keep their form, and what is
 * missing stays missing, so that content takes the same ways; a list has no step in a path.
 */
export function mask(values: Json, paths: readonly string[]): Json {
  return paths.reduce<Json>((masked, path) => maskAt(masked, path === '' ? [] : path.split('.')) as Json, values);
}

function maskAt(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => maskAt(item, path));
  const [name, ...rest] = path;
  if (!isObject(value)) return name === undefined && !isEmpty(value) ? MASK : value;
  const wanted = (key: string): boolean => name === undefined || name === '*' || name === key;
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) => [key, wanted(key) ? maskAt(below, rest) : below]),
  );
}

/** There is nothing to hide; and content that asks for it goes the way that it goes without it. */
const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';
