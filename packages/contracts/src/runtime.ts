/**
 * What a role takes from its surroundings. Stages, the loop and the ledger reach time, ids and randomness
 * through these values only, so that the same code runs inside a deterministic simulation.
 */
export interface Runtime {
  readonly clock: Clock;
  /** A new time-ordered id (UUID version 7, lower case). */
  readonly newId: () => string;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal is aborted; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
