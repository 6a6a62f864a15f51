import type { Delivery } from '@herald/bus';
import { createKafkaBus } from '@herald/bus/kafka';
import { systemRuntime } from '@herald/service-kit';

/** A process of its own: consumes a topic, a record at a time, and prints each key when it has acknowledged it. */
const [options = '', topic = '', group = ''] = process.argv.slice(2);
const bus = await createKafkaBus({ ...JSON.parse(options), clock: systemRuntime.clock });
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
