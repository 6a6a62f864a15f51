import type { Runtime } from '@herald/contracts';
import type { Pipeline } from '@herald/pipeline';
import type { RequestHandler } from 'express';
import type { Catalog } from './catalog.ts';
import type { Config } from './config.ts';
import type { Hasher } from './hash.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

/** What every role is started with. The bus and the store are inside the pipeline. */
export interface ServiceDeps {
  readonly pipeline: Pipeline;
  readonly catalog: Catalog;
  /** Stands before every route that wants a key: see `authenticate`. */
  readonly authenticated: RequestHandler;
  readonly runtime: Runtime;
  readonly config: Config;
  readonly hasher: Hasher;
  readonly webhooks: Webhooks;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Why nothing more can be stored; undefined while there is room. */
  readonly full: () => string | undefined;
}
