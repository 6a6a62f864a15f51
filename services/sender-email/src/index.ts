import { createSmtpProvider } from '@herald/channels/smtp';
import { createReturnPaths } from '@herald/channels/feedback';
import type { StageWorkers } from '@herald/pipeline';
import { configuredOf, startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: email, by the mail servers that are configured. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { bounceDomain, providerTimeoutMs: timeoutMs } = deps.config;
  const returnPath =
    bounceDomain === undefined ? undefined : createReturnPaths(bounceDomain, deps.hasher.returnPath).of;
  const providers = () =>
    configuredOf(deps.config, 'smtp').map(({ name, url, connectionsPerLane: connections }) =>
      createSmtpProvider({ name, url, connections, timeoutMs, returnPath }),
    );
  return startSender(deps, 'email', providers, decorate);
}
