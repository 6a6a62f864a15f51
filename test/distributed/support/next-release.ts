import { createLog, loadConfig, systemRuntime } from '@herald/service-kit';
import { runStandalone } from '@herald/standalone';

/** Herald as a later release would be: it reads `message.resolved.v2`, whose payload is that of v1 under another name. */
const loaded = loadConfig({ ...process.env, HERALD_ROLES: process.argv.at(-1) });
if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
const { config } = loaded;
const herald = await runStandalone({
  config,
  log: createLog(config),
  runtime: systemRuntime,
  decorate: {
    bus: (bus) => ({
      ...bus,
      failed: bus.failed,
      consume: (options) =>
        bus.consume({
          ...options,
          onBatch: (batch) =>
            options.onBatch(
              batch.map((delivery) =>
                delivery.headers['type'] === 'message.resolved.v2'
                  ? {
                      ...delivery,
                      ack: () => delivery.ack(),
                      headers: { ...delivery.headers, type: 'message.resolved.v1' },
                    }
                  : delivery,
              ),
            ),
        }),
    }),
  },
});
process.send?.({ url: herald.url });
