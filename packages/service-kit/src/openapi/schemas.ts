import { shownAs } from '@herald/contracts';
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Which side of a schema: what is taken, or what comes out. */
export type Side = 'input' | 'output';

export interface Schemas {
  /** The JSON Schema, with references to the components. */
  of(schema: z.ZodType, side: Side): JsonSchema;
  /** The schemas that have a name (`meta({ id })`), as far as they were met. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/** Schemas as an OpenAPI document shows them. Throws where one name would stand for two different things. */
export function createSchemas(): Schemas {
  const components: Record<string, JsonSchema> = {};
  return {
    components,
    of(schema, side) {
      // Inside of something else a schema with a name becomes a reference to it.
      const { $defs = {}, items } = z.toJSONSchema(z.array(schema), { io: side, override: show });
      for (const [name, definition] of Object.entries($defs)) {
        const component = toComponents(definition);
        const known = components[name];
        if (known !== undefined && JSON.stringify(known) !== JSON.stringify(component)) {
          throw new Error(`the schema ${name} is not the same as input and as output: give them two names`);
        }
        components[name] = component;
      }
      return toComponents(items);
    },
  };
}

const toComponents = (schema: unknown): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;

function show({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const shown = shownAs.get(zodSchema);
  if (shown !== undefined) {
    for (const key of Object.keys(jsonSchema)) if (key !== 'description') delete jsonSchema[key];
    Object.assign(jsonSchema, shown);
  }
  // What `format` says already, zod spells out in a pattern that nobody can read.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  // Not every reader of the document knows classes of characters; this one has no others in it.
  jsonSchema.pattern &&= jsonSchema.pattern.replaceAll(String.raw`\p{Cc}`, String.raw`\u0000-\u001f\u007f-\u009f`);
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
