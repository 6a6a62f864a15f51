import type { TopicSpec } from '@herald/contracts';
import type { Bus } from '../port.ts';

/** What an implementation can show in a test. All implementations promise the same; some cannot be pressed as far. */
export interface Features {
  /** A process can be killed while it publishes or consumes (`publishUntilKilled`, `consumeUntilKilled`). */
  readonly killable: boolean;
  /** The log can be broken for good (`breakLog`). */
  readonly breakable: boolean;
  /** `pass` makes records older than their retention disappear. */
  readonly retention: boolean;
  /** Somebody else can write to the log, in ways of their own (`publishRaw`). */
  readonly foreign: boolean;
  /** A member from which nothing is heard for so many milliseconds is taken for dead; 0: members cannot fall silent. */
  readonly sessionMs: number;
}

/** As bytes, and null where a log knows nothing at all. */
export interface RawRecord {
  readonly key: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
  readonly value: Uint8Array | null;
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
  /**
   * Closes the bus, has another process consume the topic as this group until it is killed with -9, and opens the bus
   * again. `acknowledged`: the keys of the records that it had acknowledged before it was killed.
   */
  consumeUntilKilled?(
    topic: string,
    group: string,
  ): Promise<{ readonly bus: Bus; readonly acknowledged: readonly string[] }>;
  publishRaw?(topic: string, record: RawRecord): Promise<void>;
  /** The log cannot be reached any more and will not come back. */
  breakLog?(): Promise<void>;
  /** Closes what is open and deletes the log. */
  dispose(): Promise<void>;
}

export interface Fixture<Under extends BusUnderTest = BusUnderTest> {
  readonly features: Features;
  /** A bus on an empty log. */
  create(topics: readonly TopicSpec[]): Promise<Under>;
}

/** The topics of a case, without what it does not care about. */
export const topic = (name: string, partitions: number, more: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  partitions,
  retentionMs: 24 * 3_600_000,
  ...more,
});
