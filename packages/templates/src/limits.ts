/** What a template may be and do. Sizes are UTF-16 units unless the name says otherwise. */
export const TEMPLATE_LIMITS = {
  /** Blocks inside blocks, and lookups inside lookups. */
  depth: 32,
  /** Values and blocks of one part; each costs compile time and generated code. */
  expressions: 2_000,
  /** Passes of all loops of one part in one rendering. */
  iterations: 10_000,
  /** One rendered body; also all values that are printed into one part. */
  outputBytes: 1024 * 1024,
  subject: 2_000,
} as const;
