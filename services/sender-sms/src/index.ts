import { twilioCallback } from '@herald/channels/feedback';
import { createTwilioProvider } from '@herald/channels/twilio';
import type { StageWorkers } from '@herald/pipeline';
import { configuredOf, startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: SMS, by the accounts that are configured. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { publicUrl, providerTimeoutMs: timeoutMs } = deps.config;
  const statusCallback = publicUrl === undefined ? undefined : twilioCallback(publicUrl);
  const providers = () =>
    configuredOf(deps.config, 'twilio').map(({ name, accountSid, authToken, url, connectionsPerLane: connections }) =>
      createTwilioProvider({ name, accountSid, authToken, url, connections, timeoutMs, statusCallback }),
    );
  return startSender(deps, 'sms', providers, decorate);
}
