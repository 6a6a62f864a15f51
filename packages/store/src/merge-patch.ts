type Names = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Names =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The document with a patch of RFC 7396: objects are merged name by name, null takes a name away, anything else
 * replaces. Neither argument is changed. `__proto__` is a name like any other, as in the JSON that both came from.
 */
export function mergePatch(document: Names, patch: Names): Record<string, unknown> {
  const merged = new Map(Object.entries(document));
  for (const [name, value] of Object.entries(patch)) {
    const before = merged.get(name);
    if (value === null) merged.delete(name);
    else if (isObject(value)) merged.set(name, mergePatch(isObject(before) ? before : {}, value));
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
