import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createLog, loadConfig, onShutdownSignal } from '@herald/service-kit';
import { createGateway } from './gateway.ts';

const EX_CONFIG = 78;

const { values } = parseArgs({
  options: {
    ingress: { type: 'string', default: 'ingress:8080' },
    control: { type: 'string', default: 'control:8080' },
    inbox: { type: 'string', default: 'inbox:8080' },
  },
});
const loaded = loadConfig(process.env);
if (!loaded.ok) {
  for (const problem of loaded.problems) process.stderr.write(`herald: ${problem}\n`);
  process.exit(EX_CONFIG);
}
const { config } = loaded;
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
