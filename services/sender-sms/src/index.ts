import { twilioCallback } from '@herald/channels/feedback';
import { createTwilioProvider } from '@herald/channels/twilio';
import type { StageWorkers } from '@herald/pipeline';
import { startSender, type DecorateProvider, type ServiceDeps } from '@herald/service-kit';

/** Starts the role: SMS, by the provider `twilio` where it is configured. */
export function start(deps: ServiceDeps, decorate?: DecorateProvider): Promise<StageWorkers<'message.rendered.v1'>> {
  const { twilioAccountSid: accountSid, twilioAuthToken: authToken, twilioUrl: url } = deps.config;
  const { publicUrl } = deps.config;
  const statusCallback = publicUrl === undefined ? undefined : twilioCallback(publicUrl);
  const { twilioConnections: connections, providerTimeoutMs: timeoutMs } = deps.config;
  const providers = () =>
    accountSid === undefined || authToken === undefined
      ? []
      : [createTwilioProvider({ name: 'twilio', accountSid, authToken, url, connections, timeoutMs, statusCallback })];
  return startSender(deps, 'sms', providers, decorate);
}
