import { openDatabase } from '@herald/sqlite';
import { createEmbeddedBus, embeddedBusModule } from '../bus.ts';
import { createManualClock } from './manual-clock.ts';

/** A process of its own: publishes to a topic for ever, and prints each key when its publish has resolved. */
const [file = '', topic = '', partitions = '1'] = process.argv.slice(2);
const database = await openDatabase({ file, modules: [embeddedBusModule] });
const bus = await createEmbeddedBus({
  database,
  topics: [{ name: topic, partitions: Number(partitions), retentionMs: 1e9 }],
  clock: createManualClock(),
});
let count = 0;

async function publish(): Promise<void> {
  for (;;) {
    const keys = Array.from({ length: 3 }, () => `killed ${(count += 1)}`);
    await bus.publish(keys.map((key) => ({ topic, key, headers: {}, value: Buffer.from(key) })));
    process.stdout.write(keys.map((key) => `${key}\n`).join(''));
  }
}

await Promise.all(Array.from({ length: 4 }, publish));
