import { parseArgs } from 'node:util';
import { createLog, loadConfig, onShutdownSignal, systemRuntime } from '@herald/service-kit';
import { OpenError } from '@herald/sqlite';
import { startStandalone } from './start.ts';

const { values } = parseArgs({ options: { roles: { type: 'string' } } });
const loaded = loadConfig(values.roles === undefined ? process.env : { ...process.env, HERALD_ROLES: values.roles });
if (!loaded.ok) {
  for (const problem of loaded.problems) process.stderr.write(`herald: ${problem}\n`);
  process.exit(78);
}
const { config } = loaded;
const log = createLog(config);

try {
  const herald = await startStandalone({ config, log, runtime: systemRuntime });
  log.info({ url: herald.url, roles: config.roles, data: config.dataDir, inbox: herald.inboxUrl }, 'herald is up');
  if (herald.adminKeyCreated) {
    process.stderr.write(
      `herald: the first key is ${herald.adminKey} (kept in ${config.dataDir}/admin.key; shown once)\n`,
    );
  }
  // A parent that started this process learns where it listens.
  process.send?.({ url: herald.url, adminKey: herald.adminKey, inbox: herald.inboxUrl !== undefined });

  onShutdownSignal(() => herald.close(), { deadlineMs: config.shutdownMs + 5_000, log });
  const error = await herald.failed;
  log.fatal({ reason: error.message }, 'herald can no longer do its job');
  // Long enough for a probe to see the red light; never lingering.
  setTimeout(() => process.exit(1), 1_000);
} catch (error) {
  if (!(error instanceof OpenError)) throw error;
  process.stderr.write(`herald: ${error.message}\n`);
  process.exit(75);
}
