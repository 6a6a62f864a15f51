import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '@herald/sqlite';
import type { TopicSpec } from '@herald/contracts';
import { runUntilKilled, type BusUnderTest, type Fixture } from '../../conformance/index.ts';
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
      const resolved = await runUntilKilled(new URL('./publisher.ts', import.meta.url), [
        file,
        topic,
        String(partitions),
      ]);
      now = await open();
      return { bus: now.bus, resolved };
    },
    consumeUntilKilled: async (topic, group) => {
      await close();
      const partitions = topics.find(({ name }) => name === topic)?.partitions;
      const acknowledged = await runUntilKilled(new URL('./consumer.ts', import.meta.url), [
        file,
        topic,
        String(partitions),
        group,
      ]);
      now = await open();
      return { bus: now.bus, acknowledged };
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

export const embeddedFixture: Fixture = {
  features: { killable: true, breakable: true, retention: true, foreign: false, sessionMs: 0 },
  create: createEmbedded,
};
