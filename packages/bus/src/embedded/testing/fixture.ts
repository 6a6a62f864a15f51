import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Database } from '@herald/sqlite';
import type { TopicSpec } from '@herald/contracts';
import type { BusUnderTest, Fixture } from '../../conformance/index.ts';
import type { Bus } from '../../port.ts';
import { createEmbeddedBus, embeddedBusModule } from '../bus.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

const breakerModule = new URL('./breaker.ts', import.meta.url);

export interface EmbeddedUnderTest extends BusUnderTest {
  readonly database: Database;
  readonly clock: ManualClock;
  readonly file: string;
}

export async function createEmbedded(
  topics: readonly TopicSpec[],
  options: { readonly maxBytes?: number } = {},
): Promise<EmbeddedUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'herald-bus-'));
  const file = join(directory, 'bus.db');
  const clock = createManualClock();
  const open = async (): Promise<{ bus: Bus; database: Database }> => {
    const database = await openDatabase({ file, modules: [embeddedBusModule, breakerModule], ...options });
    return { database, bus: await createEmbeddedBus({ database, topics, clock }) };
  };
  let now = await open();
  const close = async (): Promise<void> => {
    await now.bus.close();
    await now.database.close();
  };
  return {
    ...now,
    file,
    clock,
    reopen: async () => {
      await close();
      now = await open();
      return now.bus;
    },
    pass: async (ms) => clock.pass(ms),
    publishUntilKilled: async (topic) => {
      await close();
      const partitions = topics.find(({ name }) => name === topic)?.partitions;
      const resolved = await runPublisher([file, topic, String(partitions)]);
      now = await open();
      return { bus: now.bus, resolved };
    },
    breakLog: async () => {
      await now.database.call('breaker.break', null).catch(() => undefined);
    },
    dispose: async () => {
      await close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Killed with -9 while it publishes; returns what it printed until then. */
async function runPublisher(args: readonly string[]): Promise<string[]> {
  const script = fileURLToPath(new URL('./publisher.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => {
    printed.push(line);
    if (printed.length === 200) child.kill('SIGKILL');
  });
  await once(reader, 'close');
  return printed;
}

export const embeddedFixture: Fixture = {
  features: { killable: true, breakable: true, retention: true },
  create: createEmbedded,
};
