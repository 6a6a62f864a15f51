import { createSmtpProvider } from '@herald/channels';
import { createReturnPaths } from '@herald/channels/feedback';
import type { StageWorkers } from '@herald/pipeline';
import { startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: email, by the provider `smtp` where it is configured. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { smtpUrl: url, smtpConnections: connections, providerTimeoutMs: timeoutMs } = deps.config;
  const { bounceDomain } = deps.config;
  const returnPath =
    bounceDomain === undefined ? undefined : createReturnPaths(bounceDomain, deps.hasher.returnPath).of;
  const providers = () =>
    url === undefined ? [] : [createSmtpProvider({ name: 'smtp', url, connections, timeoutMs, returnPath })];
  return startSender(deps, 'email', providers, decorate);
}
