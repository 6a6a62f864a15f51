import { createWebPushProvider } from '@herald/channels/web-push';
import type { StageWorkers } from '@herald/pipeline';
import { startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: push, by the provider `web-push` where its keys are known. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { vapidPublicKey: publicKey, vapidPrivateKey: privateKey, vapidSubject: subject } = deps.config;
  const { pushConnections: connections, providerTimeoutMs: timeoutMs, allowedPrivateHosts = [], pushCa } = deps.config;
  const privateHosts = allowedPrivateHosts.map((one) => ({ ca: pushCa, ...one }));
  const providers = () => {
    if (publicKey === undefined || privateKey === undefined) return [];
    const vapid = { publicKey, privateKey, subject };
    return [createWebPushProvider({ name: 'web-push', vapid, privateHosts, connections, timeoutMs })];
  };
  return startSender(deps, 'push', providers, decorate);
}
