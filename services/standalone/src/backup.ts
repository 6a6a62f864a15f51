import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { API } from '@herald/contracts';
import { createApi, refuse, reply, type Api, type ServiceDeps } from '@herald/service-kit';
import type { Database } from '@herald/sqlite';

/** What belongs to the data beside the database: without them hashes and first keys would be others. */
const isSecret = (name: string): boolean => name.endsWith('.key');

/** Copies the data while everything runs, into a new folder under `backups`. One copy is made at a time. */
export function createBackupApi(
  { authenticated, config, runtime, log }: Pick<ServiceDeps, 'authenticated' | 'config' | 'runtime' | 'log'>,
  database: Database,
): Api {
  const api = createApi(authenticated);
  let underway = false;
  api.handle(API.createBackup, async () => {
    if (underway) return refuse('backup-underway');
    underway = true;
    try {
      const at = new Date(runtime.clock.now()).toISOString();
      const folder = join(config.dataDir, 'backups', at.replaceAll(':', '-'));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await database.backup(join(folder, 'herald.db'));
      const secrets = (await readdir(config.dataDir)).filter(isSecret);
      for (const name of secrets) await copyFile(join(config.dataDir, name), join(folder, name));
      log.info({ folder }, 'backup made');
      return reply(201, { folder, createdAt: at });
    } finally {
      underway = false;
    }
  });
  return api;
}
