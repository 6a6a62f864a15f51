import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createLog, onShutdownSignal } from '@herald/service-kit';
import { startWith } from '../exit.ts';
import { createGateway } from './gateway.ts';

const { values } = parseArgs({
  options: {
    ingress: { type: 'string', default: 'ingress:8080' },
    control: { type: 'string', default: 'control:8080' },
    tracker: { type: 'string', default: 'tracker:8080' },
    inbox: { type: 'string', default: 'inbox:8080' },
  },
});
await startWith(process.env, async (config) => {
  const log = createLog(config);
  const server = createGateway(values);
  server.listen(config.port, config.host);
  await once(server, 'listening');
  log.info({ port: config.port, upstreams: values }, 'the gateway is up');
  onShutdownSignal(
    async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
    { deadlineMs: config.shutdownMs, log },
  );
});
