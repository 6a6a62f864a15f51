/** What a template may be and do. Sizes are UTF-16 units unless the name says otherwise. */
export const TEMPLATE_LIMITS = {
  /** One part as written. */
  source: 1_000_000,
  /** Blocks inside blocks, and helpers inside helpers. */
  depth: 32,
  /** Values and blocks of one part. */
  expressions: 2_000,
  /** Passes of all loops of one part in one rendering. */
  iterations: 10_000,
  /** Characters and elements that the helpers of one part read and write in one rendering, and what loops evaluate. */
  work: 2_000_000,
  /** One rendered body; also all values that are printed into one part. */
  outputBytes: 1024 * 1024,
  subject: 2_000,
  sms: 1_600,
  /** The JSON of a push message: what web push carries (4,096) less what its encryption adds. */
  pushBytes: 3_800,
} as const;
