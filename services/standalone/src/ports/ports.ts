import type { Bus } from '@herald/bus';
import type { Runtime, TopicSpec } from '@herald/contracts';
import type { Config, Health, Log, Metrics, SharedSecrets } from '@herald/service-kit';
import type { Database } from '@herald/sqlite';
import type { Store } from '@herald/store';

export interface PortsDeps {
  readonly config: Config;
  readonly topics: readonly TopicSpec[];
  readonly runtime: Runtime;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** What the roles stand on, whichever mode it is. */
export interface Ports {
  readonly bus: Bus;
  readonly store: Store;
  readonly secrets: SharedSecrets;
  /** True: this start made the first key, which is to be shown once. */
  readonly adminKeyCreated: boolean;
  /** The one file of the embedded mode. */
  readonly database?: Database;
  /** True: no other process has this log and this store. */
  readonly alone: boolean;
  /** Why nothing more is accepted; undefined while it is. */
  refusal(): string | undefined;
  /** Resolves with the reason when they can no longer work at all; the process must end then. */
  readonly failed: Promise<Error>;
  /** The roles are closed by then. */
  close(): Promise<void>;
}
