import { parseArgs } from 'node:util';
import { isOutage, Misconfigured } from '@herald/contracts';
import { createLog, loadConfig, systemRuntime, type Config } from '@herald/service-kit';
import { OpenError } from '@herald/sqlite';
import { runStandalone } from './run.ts';

/** Exit codes of sysexits.h: a wrong setting, and data that cannot be used now. */
const EX_CONFIG = 78;
const EX_TEMPFAIL = 75;

const tell = (line: string): void => void process.stderr.write(`herald: ${line}\n`);
const fail = (code: number, ...lines: string[]): never => {
  lines.forEach(tell);
  process.exit(code);
};

async function run(config: Config): Promise<void> {
  const log = createLog(config);
  const herald = await runStandalone({ config, log, runtime: systemRuntime });
  log.info({ url: herald.url, roles: config.roles, mode: herald.mode, inbox: herald.inbox }, 'herald is up');
  if (herald.adminKeyCreated)
    tell(`the first key, shown once: ${herald.adminKey} (kept in ${config.dataDir}/admin.key)`);
  // A parent that started this process learns where it listens.
  process.send?.({ url: herald.url, adminKey: herald.adminKey, inbox: herald.inbox });
}

const { values } = parseArgs({
  options: {
    roles: { type: 'string' },
    /** Makes what the processes of an installation share: topics, collections, secrets, the first key. Then ends. */
    prepare: { type: 'boolean', default: false },
  },
});
const loaded = loadConfig(values.roles === undefined ? process.env : { ...process.env, HERALD_ROLES: values.roles });
if (!loaded.ok) fail(EX_CONFIG, ...loaded.problems);
else {
  try {
    if (values.prepare) await (await import('./prepare.ts')).prepare(loaded.config, tell);
    else await run(loaded.config);
  } catch (error) {
    if (error instanceof Misconfigured) fail(EX_CONFIG, ...error.message.split('\n'));
    if (error instanceof OpenError || isOutage(error)) fail(EX_TEMPFAIL, error.message);
    throw error;
  }
}
