/**
 * What a schema may cost. One call is checked in time that grows with the call and with the schema, never faster: `$ref`
 * does not go in circles and is counted as what it stands for, patterns run on an engine that is linear, and there is no
 * keyword that compares elements with each other.
 */
export const SCHEMA_LIMITS = {
  /** Bytes of JSON. */
  bytes: 32_000,
  /** Schemas inside of schemas. */
  depth: 12,
  /** Schemas in all, each `$ref` counted as what it stands for. */
  schemas: 500,
  /** Values of one `enum`, and branches of one `anyOf`. */
  choices: 200,
  /** Characters of one `pattern`. */
  pattern: 300,
  /** Characters of a property's name. */
  name: 200,
} as const;
