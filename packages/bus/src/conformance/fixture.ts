import type { TopicSpec } from '@herald/contracts';
import type { Bus } from '../port.ts';

/** What an implementation can show in a test. All implementations promise the same; some cannot be pressed as far. */
export interface Features {
  /** A process that publishes can be killed (`publishUntilKilled`). */
  readonly killable: boolean;
  /** The log can be broken for good (`breakLog`). */
  readonly breakable: boolean;
  /** `pass` makes records older than their retention disappear. */
  readonly retention: boolean;
}

export interface BusUnderTest {
  readonly bus: Bus;
  /** Closes the bus and opens it again on the same log, as a restart does. */
  reopen(): Promise<Bus>;
  /** Lets so much time pass for the bus: by its clock, or by waiting. */
  readonly pass: (ms: number) => Promise<void>;
  /**
   * Closes the bus, has another process publish to the topic until it is killed with -9, and opens the bus again.
   * `resolved`: the keys of the records whose publish had resolved in that process.
   */
  publishUntilKilled?(topic: string): Promise<{ readonly bus: Bus; readonly resolved: readonly string[] }>;
  /** The log cannot be reached any more and will not come back. */
  breakLog?(): Promise<void>;
  /** Closes what is open and deletes the log. */
  dispose(): Promise<void>;
}

export interface Fixture {
  readonly features: Features;
  /** A bus on an empty log. */
  create(topics: readonly TopicSpec[]): Promise<BusUnderTest>;
}

/** The topics of a case, without what it does not care about. */
export const topic = (name: string, partitions: number, more: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  partitions,
  retentionMs: 24 * 3_600_000,
  ...more,
});
