import { parseArgs } from 'node:util';
import { createLog, systemRuntime, type Config } from '@herald/service-kit';
import { startWith, tell } from './exit.ts';
import { runStandalone } from './run.ts';

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
await startWith(
  values.roles === undefined ? process.env : { ...process.env, HERALD_ROLES: values.roles },
  async (config) => {
    if (values.prepare) await (await import('./prepare.ts')).prepare(config, tell);
    else await run(config);
  },
);
