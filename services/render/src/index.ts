import { startStage, type Edges, type StageWorkers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { createRenderStage } from './stage.ts';

/** Starts the role. `edges` lead into the senders of the same process; without them the bus lies between. */
export function start(
  { pipeline, catalog }: ServiceDeps,
  edges?: Edges<'message.rendered.v1'>,
): Promise<StageWorkers<'message.resolved.v1'>> {
  const stage = createRenderStage(pipeline, catalog);
  return startStage(pipeline, {
    stage: 'render',
    input: { type: 'message.resolved.v1', step: 'resolved' },
    next: { type: 'message.rendered.v1', step: 'rendered', edges },
    run: () => stage,
  });
}
