import { createSmtpProvider } from '@herald/channels';
import type { StageWorkers } from '@herald/pipeline';
import { startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: email, by the provider `smtp` where it is configured. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { smtpUrl: url, smtpConnections: connections, providerTimeoutMs: timeoutMs } = deps.config;
  const providers = () =>
    url === undefined ? [] : [createSmtpProvider({ name: 'smtp', url, connections, timeoutMs })];
  return startSender(deps, 'email', providers, decorate);
}
