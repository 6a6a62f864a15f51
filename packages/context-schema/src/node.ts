/** A JSON Schema that was vetted, with the keywords that are read here. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly 'x-sensitive'?: boolean;
  readonly [keyword: string]: unknown;
}

export type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DEFINITION = /^#\/\$defs\/([\w.-]{1,100})$/;
/** The name that a `$ref` to one of the schema's own definitions has; undefined for every other one. */
export const definitionOf = (ref: unknown): string | undefined =>
  typeof ref === 'string' ? DEFINITION.exec(ref)?.[1] : undefined;

/** The schemas that all apply where this one does, or of which one does: itself, what it refers to, its branches. */
export function alternatives(root: SchemaNode, node: SchemaNode): SchemaNode[] {
  const target = node.$ref === undefined ? undefined : root.$defs?.[definitionOf(node.$ref) ?? ''];
  const branches = [node.allOf, node.anyOf, node.oneOf].flatMap((list) => list ?? []);
  return [node, ...(target === undefined ? branches : [target, ...branches]).flatMap((one) => alternatives(root, one))];
}
