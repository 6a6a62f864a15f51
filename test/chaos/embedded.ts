import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus, embeddedBusModule } from '@herald/bus';
import { allTopics } from '@herald/contracts';
import { ROLES, systemRuntime } from '@herald/service-kit';
import { openDatabase } from '@herald/sqlite';
import { startProcess } from '../distributed/support/process.ts';
import type { FarEnd } from './far-end.ts';
import { clientOf, createPart, LADDER_MS, PARTITIONS, settingsFor, type System, type Watchers } from './system.ts';

const RETENTION_MS = 3_600_000;

/** One process with every role, on one file. */
export async function startEmbedded(far: FarEnd, watchers: Watchers): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'herald-chaos-'));
  const caFile = join(dataDir, 'push-ca.pem');
  writeFileSync(caFile, far.ca);
  const env = { ...settingsFor(far, caFile), HERALD_DATA: dataDir };
  const part = await createPart('herald', () => startProcess(ROLES.join(','), env), watchers);
  return {
    parts: [part],
    ingress: part.url,
    control: () => clientOf(part),
    /** The file is one process's alone: poison is put there while none has it. */
    async poison(records) {
      await part.end('SIGKILL');
      const database = await openDatabase({ file: join(dataDir, 'herald.db'), modules: [embeddedBusModule] });
      const bus = await createEmbeddedBus({
        database,
        topics: allTopics({ partitions: PARTITIONS, retentionMs: RETENTION_MS, ladderMs: LADDER_MS }),
        clock: systemRuntime.clock,
      });
      await bus.publish(records);
      await bus.close();
      await database.close();
      await part.start();
    },
    async close() {
      await part.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
