import { writeFileSync } from 'node:fs';
import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';
import { startStandalone } from '@herald/standalone';
import { crashing, type CrashPoint } from './points.ts';

/** Herald, whole, in a process that dies at the point named in its environment. Its last words are in a file. */
const { CRASH_POINT, CRASH_IN_FLIGHT = '50', CRASH_NOTE = '' } = process.env;
const loaded = loadConfig(process.env);
if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
const { config } = loaded;

const herald = await startStandalone({
  config,
  log: createLog(config),
  runtime: systemRuntime,
  decorate: crashing({
    point: CRASH_POINT as CrashPoint | undefined,
    inFlight: Number(CRASH_IN_FLIGHT),
    die(inFlight) {
      writeFileSync(CRASH_NOTE, JSON.stringify({ point: CRASH_POINT, inFlight }));
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way; nothing of this process may go on meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      throw new Error('unreachable');
    },
  }),
});
process.send?.({ url: herald.url, adminKey: herald.adminKey });
process.on('SIGTERM', () => void herald.close().then(() => process.exit(0)));
void herald.failed.then((error) => {
  process.stderr.write(`herald failed: ${error.message}\n`);
  process.exit(1);
});
