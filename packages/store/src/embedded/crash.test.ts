import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { openDatabase } from '@herald/sqlite';
import { createSqliteStore, embeddedStoreModule } from './store.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
const TENANT = { org: 'org', sandbox: 'prod' };

test('kill -9 loses nothing that was answered', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'herald-crash-'));
  const file = join(directory, 'herald.db');
  try {
    const writer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(writer, 'exit');
    const answered: string[] = [];
    for await (const line of createInterface({ input: writer.stdout })) {
      answered.push(line);
      if (answered.length === 500) writer.kill('SIGKILL');
    }
    await ended;
    expect(answered.length).toBeGreaterThanOrEqual(500);
    const database = await openDatabase({ file, modules: [embeddedStoreModule] });
    const store = createSqliteStore({ database });
    const found = await Promise.all(
      answered.map(async (executionId) => {
        const [attempt] = await store.ledger.attempts([{ messageId: `${executionId}.0`, round: 1, attempt: 1 }]);
        const execution = await store.executions.get(TENANT, executionId);
        return { confirmed: execution?.confirmed, result: attempt?.result?.outcome.kind };
      }),
    );
    expect(found).toEqual(answered.map(() => ({ confirmed: true, result: 'final' })));
    await database.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
