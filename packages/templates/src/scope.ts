import type { Path } from './ast.ts';

/** What the evaluator keeps for each level of names: one frame per `Scope`, the innermost first. */
export interface Frame {
  readonly parent: Frame | undefined;
  context: unknown;
  /** Of loops. */
  key: string | number | undefined;
  index: number | undefined;
  first: boolean | undefined;
  last: boolean | undefined;
}

/** Where names are looked up, known when the template is compiled. */
export interface Scope {
  readonly parent: Scope | undefined;
  /** The attribute that `this` stands for, from the root; undefined when it is only known while rendering. */
  readonly path: readonly string[] | undefined;
  readonly loop: boolean;
  readonly names: ReadonlyMap<
    string,
    { readonly slot: 'context' | 'key'; readonly path: readonly string[] | undefined }
  >;
}

export const ROOT: Scope = { parent: undefined, path: [], loop: false, names: new Map() };

const LOOP_VARIABLES = ['index', 'key', 'first', 'last'] as const;
type Slot = 'context' | (typeof LOOP_VARIABLES)[number];

/** A path as the evaluator follows it: so many frames up, into a slot of it, and on by names. */
export interface Resolved {
  readonly ups: number;
  readonly slot: Slot;
  readonly parts: readonly string[];
  /** From the root; undefined for what is no attribute, or only known while rendering. */
  readonly path: readonly string[] | undefined;
}

/** The scope inside of a block that enters `path`; a loop enters each of its elements, written `[]`. */
export function enter(
  parent: Scope,
  path: readonly string[] | undefined,
  blockParams: readonly string[],
  loop: boolean,
): Scope {
  const entered = loop && path ? [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`] : path;
  const [item, key] = blockParams;
  const names = new Map<string, { slot: 'context' | 'key'; path: readonly string[] | undefined }>();
  if (item !== undefined) names.set(item, { slot: 'context', path: entered });
  if (loop && key !== undefined) names.set(key, { slot: 'key', path: undefined });
  return { parent, path: entered, loop, names };
}

/** The message when the path leads to nothing that could be there. */
export function resolve(node: Path, scope: Scope): Resolved | { readonly message: string } {
  return node.data ? resolveData(node, scope) : resolveName(node, scope);
}

function resolveData({ parts, depth }: Path, scope: Scope): Resolved | { readonly message: string } {
  const [name = '', ...rest] = parts;
  let ups = 0;
  if (name === 'root') {
    for (let at = scope; at.parent; at = at.parent) ups += 1;
    return fromRoot(ups, 'context', rest, rest);
  }
  const slot = LOOP_VARIABLES.find((variable) => variable === name);
  if (slot === undefined) return { message: `unknown name "@${name}"` };
  let loops = depth;
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    if (at.loop && loops-- === 0) return { ups, slot, parts: rest, path: undefined };
    ups += 1;
  }
  return { message: `"@${name}" stands outside of a loop` };
}

function resolveName(node: Path, scope: Scope): Resolved | { readonly message: string } {
  const { parts, depth, original } = node;
  const [name, ...rest] = parts;
  let ups = 0;
  if (name !== undefined && depth === 0 && !/^(?:\.|this\b)/.test(original)) {
    for (let at: Scope | undefined = scope; at; at = at.parent) {
      const found = at.names.get(name);
      if (found) return { ups, slot: found.slot, parts: rest, path: found.path && [...found.path, ...rest] };
      ups += 1;
    }
  }
  let from: Scope | undefined = scope;
  for (let up = depth; up > 0; up--) from = from?.parent;
  if (!from) return { message: `"${original}" leads out of the template` };
  return fromRoot(depth, 'context', parts, from.path && [...from.path, ...parts]);
}

function fromRoot(
  ups: number,
  slot: Slot,
  parts: readonly string[],
  path: readonly string[] | undefined,
): Resolved | { readonly message: string } {
  const root = path?.[0];
  if (root !== undefined && root !== 'context' && root !== 'profile') {
    return { message: `unknown name "${root}": values are in context.… and profile.…` };
  }
  return { ups, slot, parts, path };
}
