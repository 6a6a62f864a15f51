import { openDatabase } from '@herald/sqlite';
import type { Delivery } from '../../port.ts';
import { createEmbeddedBus, embeddedBusModule } from '../bus.ts';
import { createManualClock } from './manual-clock.ts';

/** A process of its own: consumes a topic, a record at a time, and prints each key when it has acknowledged it. */
const [file = '', topic = '', partitions = '1', group = ''] = process.argv.slice(2);
const database = await openDatabase({ file, modules: [embeddedBusModule] });
const bus = await createEmbeddedBus({
  database,
  topics: [{ name: topic, partitions: Number(partitions), retentionMs: 1e9 }],
  clock: createManualClock(),
});
const waiting: Delivery[] = [];
await bus.consume({
  topics: [topic],
  group,
  maxInFlight: 50,
  maxInFlightBytes: 1e6,
  onBatch: (batch) => waiting.push(...batch),
});
setInterval(() => {
  const delivery = waiting.shift();
  if (delivery === undefined) return;
  delivery.ack();
  process.stdout.write(`${delivery.key}\n`);
}, 1);
