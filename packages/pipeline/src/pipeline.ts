import type { Bus } from '@herald/bus';
import type { Runtime } from '@herald/contracts';
import type { Store } from '@herald/store';
import type { LadderSettings } from './ladder.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Observer } from './observer.ts';
import { createPatience, type Patience } from './patience.ts';
import { createPublisher, type Publisher } from './publisher.ts';

export interface PipelineSettings extends LadderSettings {
  readonly leaseMs: number;
  /** Messages that one loop has in hand at most. */
  readonly maxInFlight: number;
  /** The same in bytes of their payloads. */
  readonly maxInFlightBytes: number;
}

export interface PipelineDeps {
  readonly bus: Bus;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly settings: PipelineSettings;
}

/** What all loops of a process share: one publisher and one ledger, so that their writes travel together. */
export interface Pipeline extends PipelineDeps {
  readonly patience: Patience;
  readonly publish: Publisher;
  readonly ledger: Ledger;
}

export function createPipeline(deps: PipelineDeps): Pipeline {
  const patience = createPatience(deps.runtime.clock);
  return {
    ...deps,
    patience,
    publish: createPublisher(deps.bus, patience),
    ledger: createLedger({
      ledger: deps.store.ledger,
      runtime: deps.runtime,
      patience,
      leaseMs: deps.settings.leaseMs,
    }),
  };
}
