import { openDatabase } from '@herald/sqlite';
import { aClaim, anExecution, aResult } from '../conformance/samples.ts';
import { createSqliteStore, embeddedStoreModule } from './store.ts';

/** For the crash test: takes executions through the store until it is killed, and prints each once all of it is answered. */
const [file = ''] = process.argv.slice(2);
const database = await openDatabase({ file, modules: [embeddedStoreModule] });
const store = createSqliteStore({ database });

async function write(): Promise<void> {
  const record = anExecution({ org: 'org', sandbox: 'prod' });
  const key = { messageId: `${record.executionId}.0`, round: 1, attempt: 1 };
  await store.executions.insert([record]);
  await store.executions.confirm([record.executionId]);
  await store.ledger.claim([aClaim(record, key)]);
  await store.ledger.settle([aResult(key)]);
  process.stdout.write(`${record.executionId}\n`);
}

const writeOn = async (): Promise<never> => {
  for (;;) await write();
};
await Promise.all(Array.from({ length: 20 }, writeOn));
