import { startStage, type Edges, type StageWorkers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { createProfileStage } from './stage.ts';

/** Starts the role. `edges` lead into a render role of the same process; without them the bus lies between. */
export function start(
  { pipeline, catalog, hasher, config, metrics }: ServiceDeps,
  edges?: Edges<'message.resolved.v1'>,
): Promise<StageWorkers<'execution.requested.v1'>> {
  const stage = createProfileStage(pipeline, catalog, hasher, config, metrics);
  return startStage(pipeline, {
    stage: 'profile',
    input: { type: 'execution.requested.v1', step: 'requested' },
    next: { type: 'message.resolved.v1', step: 'resolved', edges },
    run: () => stage,
  });
}
