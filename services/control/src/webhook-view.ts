import type { FinalState, Webhook, WebhookDelivery, WebhookEvent, WebhookEventType } from '@herald/contracts';
import type { DeliveryRecord, WebhookRecord } from '@herald/store';

const iso = (time: number): string => new Date(time).toISOString();

/** A webhook as it is shown: without its secrets. */
export function viewOf({ secrets, failingSince, ...webhook }: WebhookRecord, now: number): Webhook {
  const until = secrets.map((one) => one.until).find((one) => one !== undefined && one > now);
  return {
    ...webhook,
    ...(failingSince === undefined ? {} : { failingSince: iso(failingSince) }),
    ...(until === undefined ? {} : { oldSecretUntil: iso(until) }),
  };
}

export const deliveryView = ({ org: _org, sandbox: _sandbox, ...delivery }: DeliveryRecord): WebhookDelivery =>
  delivery;

const STATES: Readonly<Partial<Record<WebhookEventType, FinalState>>> = {
  'message.sent': 'sent',
  'message.failed': 'failed',
  'message.excluded': 'excluded',
  'message.expired': 'expired',
  'message.dead': 'dead',
};

/** An event that did not happen, in the form of one that did. */
export function sampleEvent(type: WebhookEventType, at: string, webhookId: string): WebhookEvent {
  if (type === 'webhook.disabled') {
    return { type, timestamp: at, data: { webhookId, reason: 'failing', at, test: true } };
  }
  if (type === 'campaign.quarantined') {
    return {
      type,
      timestamp: at,
      data: { campaignId: 'sample-campaign', channel: 'email', detail: '50 of 50 failed', at, test: true },
    };
  }
  const state = STATES[type];
  return {
    type,
    timestamp: at,
    data: {
      messageId: 'HUMA-sample.0',
      executionId: 'HUMA-sample',
      requestId: 'sample-request',
      campaignId: 'sample-campaign',
      campaignVersion: 1,
      channel: 'email',
      lane: 'transactional',
      ...(state === undefined ? {} : { state, attempts: 1, round: 1, acceptedAt: at }),
      reason: state === 'sent' ? 'accepted' : 'sample',
      provider: 'smtp',
      at,
      test: true,
    },
  };
}
