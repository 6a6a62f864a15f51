/** So far a record may lie in the future without a clock having been set. */
const CLOCK_STEP_MS = 2_000;
/** Whoever waits for a record to be due looks at the clock so often at least: it may be set meanwhile. */
export const LOOK_AGAIN_MS = 5_000;

/**
 * Whether a record that becomes due in `ms` was appended by a clock that has been set back since. It counts as due: it would
 * keep everything behind it waiting for as long.
 */
export const isFromTheFuture = (ms: number, delayMs: number): boolean => ms > delayMs + CLOCK_STEP_MS;
