import { createKafkaBus } from '@herald/bus/kafka';
import { systemRuntime } from '@herald/service-kit';

/** A process of its own: publishes to a topic for ever, and prints each key when its publish has resolved. */
const [options = '', topic = ''] = process.argv.slice(2);
const bus = await createKafkaBus({ ...JSON.parse(options), clock: systemRuntime.clock });
let count = 0;

async function publish(): Promise<void> {
  for (;;) {
    const keys = Array.from({ length: 3 }, () => `killed ${(count += 1)}`);
    await bus.publish(keys.map((key) => ({ topic, key, headers: {}, value: Buffer.from(key) })));
    process.stdout.write(keys.map((key) => `${key}\n`).join(''));
  }
}

await Promise.all(Array.from({ length: 4 }, publish));
