import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from './errors.ts';
import { copyDatabase } from './copy.ts';
import { createGroupRunner, type Operation } from './group.ts';
import type { SqliteModule } from './module.ts';
import { openFile, pragma } from './open-file.ts';
import { OpenError } from './open-error.ts';
import { STATS_OPERATION, USAGE_OPERATION, type Reply, type Request, type ThreadData } from './protocol.ts';

/** The thread that owns the file. It answers each request with one reply, in order. */
async function serve(port: NonNullable<typeof parentPort>, data: ThreadData): Promise<void> {
  const say = (reply: Reply): void => port.postMessage(reply);
  const modules = await Promise.all(data.modules.map(loadModule));
  const db = openFile(data.file, modules, data.maxBytes);
  const operations = new Map<string, Operation>();
  for (const module of modules) {
    for (const [name, operation] of Object.entries(module.operations(db))) {
      operations.set(`${module.name}.${name}`, operation);
    }
  }
  const runner = createGroupRunner(db, operations);
  operations.set(STATS_OPERATION, () => ({
    commits: runner.commits(),
    calls: runner.calls(),
    synchronous: pragma(db, 'synchronous'),
    journalMode: String(db.prepare('PRAGMA journal_mode').get()?.['journal_mode']),
  }));

  operations.set(USAGE_OPERATION, () => {
    const pageBytes = pragma(db, 'page_size');
    const pages = pragma(db, 'page_count');
    return { fileBytes: pages * pageBytes, usedBytes: (pages - pragma(db, 'freelist_count')) * pageBytes };
  });

  const copyTo = (file: string): void => {
    copyDatabase(db, data.file, file).then(
      () => say({ kind: 'backup' }),
      (error: unknown) => say({ kind: 'backup', error: messageOf(error) }),
    );
  };

  port.on('message', (request: Request) => {
    if (request.kind === 'backup') {
      copyTo(request.file);
      return;
    }
    if (request.kind === 'close') {
      db.close();
      say({ kind: 'closed' });
      port.close();
      return;
    }
    try {
      say({ kind: 'group', outcomes: runner.run(request.calls) });
    } catch (error) {
      // The connection is asked for nothing more: the next start judges the file.
      say({ kind: 'broken', message: messageOf(error) });
      port.close();
    }
  });
  say({ kind: 'open' });
}

async function loadModule(url: string): Promise<SqliteModule> {
  const loaded: { readonly default: SqliteModule } = await import(url);
  return loaded.default;
}

if (parentPort !== null) {
  const port = parentPort;
  const data: ThreadData = workerData;
  try {
    await serve(port, data);
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    port.postMessage({ kind: 'refused', code: error.code, message: error.message } satisfies Reply);
    port.close();
  }
}
