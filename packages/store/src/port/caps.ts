import type { Tenant } from '@herald/contracts';

/** A count of messages of one kind in one window of time. */
export interface CapRequest extends Tenant {
  /** What is counted: an HMAC, never an address. */
  readonly key: string;
  /** When the window began, milliseconds since the epoch. */
  readonly window: number;
  /** How many the window takes. */
  readonly limit: number;
}

export interface CapRepository {
  /**
   * Counts each request in its window; true while the window is not full. What is refused is not counted. Under any
   * concurrency no window takes more than its limit; it may take less after an outage.
   */
  take(requests: readonly CapRequest[]): Promise<boolean[]>;
}
