export type Placeholder = string | readonly Placeholder[] | { readonly [name: string]: Placeholder };

interface Node {
  readonly children: Map<string, Node>;
  element?: Node;
}

/**
 * A sample value for every path that content uses, by its first name: `context.order.items[].name` gives
 * `{ context: { order: { items: [{ name: 'NAME' }] } } }`. What the system provides is left out.
 */
export function placeholders(paths: readonly string[]): Readonly<Record<string, Placeholder | undefined>> {
  const root = newNode();
  for (const path of paths) {
    if (path === 'context.system' || path.startsWith('context.system.')) continue;
    let node = root;
    for (const part of path.split('.')) node = step(node, part);
  }
  return Object.fromEntries(
    [...root.children].flatMap(([name, node]) => (isLeaf(node) ? [] : [[name, valueOf(node, name)]])),
  );
}

const newNode = (): Node => ({ children: new Map() });
const isLeaf = (node: Node): boolean => node.children.size === 0 && node.element === undefined;

/** A part is a name with `[]` behind it for each list that it goes into. */
function step(from: Node, part: string): Node {
  const name = part.replace(/(\[\])+$/, '');
  let node = from.children.get(name);
  if (node === undefined) {
    node = newNode();
    from.children.set(name, node);
  }
  for (let lists = (part.length - name.length) / 2; lists > 0; lists -= 1) {
    node.element ??= newNode();
    node = node.element;
  }
  return node;
}

function valueOf(node: Node, name: string): Placeholder {
  if (node.element !== undefined) return [valueOf(node.element, name)];
  if (node.children.size === 0) return shout(name);
  return Object.fromEntries([...node.children].map(([child, below]) => [child, valueOf(below, child)]));
}

/** `resetUrl` -> `RESET_URL`: nobody takes it for a real value. */
export const shout = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
