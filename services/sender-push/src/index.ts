import { createWebPushProvider } from '@herald/channels/web-push';
import type { StageWorkers } from '@herald/pipeline';
import { configuredOf, startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: push, by the keys that are configured. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { providerTimeoutMs: timeoutMs, allowedPrivateHosts = [], pushCa } = deps.config;
  const privateHosts = allowedPrivateHosts.map((one) => ({ ca: pushCa, ...one }));
  const providers = () =>
    configuredOf(deps.config, 'web-push').map(({ name, connectionsPerLane: connections, ...vapid }) =>
      createWebPushProvider({ name, vapid, privateHosts, connections, timeoutMs }),
    );
  return startSender(deps, 'push', providers, decorate);
}
