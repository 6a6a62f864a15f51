import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';
import type { Bus } from '@herald/bus';
import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';

/** Herald, whole, in a process whose log thread or consumer dies when its parent says so. */
const threads: workerThreads.Worker[] = [];
workerThreads.Worker = class extends workerThreads.Worker {
  constructor(...args: ConstructorParameters<typeof workerThreads.Worker>) {
    super(...args);
    threads.push(this);
  }
};
syncBuiltinESMExports();
// Only now: what is imported here starts the thread.
const { runStandalone } = await import('@herald/standalone');

const loaded = loadConfig(process.env);
if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
const { config } = loaded;

let breaking = false;
let log: Bus | undefined;
const herald = await runStandalone({
  config,
  log: createLog(config),
  runtime: systemRuntime,
  decorate: {
    bus: (bus) => {
      log = bus;
      return {
        ...bus,
        failed: bus.failed,
        consume: (options) =>
          bus.consume({
            ...options,
            onBatch: (batch) => {
              if (breaking) throw new Error('broken on purpose');
              options.onBatch(batch);
            },
          }),
      };
    },
  },
});

process.on('message', ({ kill }: { kill: string }) => {
  if (kill === 'log') {
    for (const thread of threads) void thread.terminate();
    return;
  }
  breaking = true;
  void log?.publish([{ topic: 'herald.status', key: 'k', headers: {}, value: new Uint8Array() }]);
});
process.send?.({ url: herald.url });
