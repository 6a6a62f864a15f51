import { NOTICES_TOPIC, STATUS_TOPIC } from '@herald/contracts';
import { startPump, workers, type Workers } from '@herald/pipeline';
import type { ServiceDeps } from '@herald/service-kit';
import { createDirectory } from './directory.ts';
import { createFanOut } from './fan-out.ts';
import { startSending } from './send.ts';

/** Tells webhooks what became of messages. In groups of its own: the counting of endings never waits for it. */
export async function startWebhooks(deps: ServiceDeps): Promise<Workers> {
  const { pipeline } = deps;
  const directory = createDirectory(pipeline.store);
  const handle = createFanOut(pipeline, directory);
  const status = await startPump(pipeline, {
    group: 'herald.tracker.webhooks.status',
    topics: [STATUS_TOPIC],
    maxInFlight: 1_000,
    handle,
  });
  const notices = await startPump(pipeline, {
    group: 'herald.tracker.webhooks.notices',
    topics: [NOTICES_TOPIC],
    maxInFlight: 500,
    handle,
  });
  return workers([status, notices, await startSending(deps, directory)]);
}
