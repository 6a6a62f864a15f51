import { parseArgs } from 'node:util';
import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';
import { OpenError } from '@herald/sqlite';
import { runStandalone } from './run.ts';

/** Exit codes of sysexits.h: a wrong setting, and data that cannot be used now. */
const EX_CONFIG = 78;
const EX_TEMPFAIL = 75;

const fail = (code: number, ...lines: string[]): never => {
  for (const line of lines) process.stderr.write(`herald: ${line}\n`);
  process.exit(code);
};

const { values } = parseArgs({ options: { roles: { type: 'string' } } });
const loaded = loadConfig(values.roles === undefined ? process.env : { ...process.env, HERALD_ROLES: values.roles });
if (!loaded.ok) fail(EX_CONFIG, ...loaded.problems);
else {
  const { config } = loaded;
  const log = createLog(config);
  try {
    const herald = await runStandalone({ config, log, runtime: systemRuntime });
    log.info({ url: herald.url, roles: config.roles, data: config.dataDir, inbox: herald.inbox }, 'herald is up');
    if (herald.adminKeyCreated) {
      process.stderr.write(
        `herald: the first key, shown once: ${herald.adminKey} (kept in ${config.dataDir}/admin.key)\n`,
      );
    }
    // A parent that started this process learns where it listens.
    process.send?.({ url: herald.url, adminKey: herald.adminKey, inbox: herald.inbox });
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    fail(EX_TEMPFAIL, error.message);
  }
}
