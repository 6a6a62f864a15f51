import { onShutdownSignal } from '@herald/service-kit';
import { startStandalone, type Standalone, type StandaloneOptions } from './start.ts';

/** Long enough for a probe to see the red light; a process that can no longer do its job never lingers. */
const LAST_MOMENT_MS = 1_000;

/** Starts Herald and ends the process with it: 0 after a signal, 1 when it can no longer do its job. */
export async function runStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { config, log } = options;
  const herald = await startStandalone(options);
  onShutdownSignal(() => herald.close(), { deadlineMs: config.shutdownMs + 5_000, log });
  void herald.failed.then((error) => {
    log.fatal({ reason: error.message }, 'herald can no longer do its job');
    setTimeout(() => process.exit(1), LAST_MOMENT_MS);
  });
  return herald;
}
