import type { Tenant, WebhookEvent, WebhookFormat } from '@herald/contracts';

/** The body that is posted. It follows from the event alone, so every attempt posts the same. */
export function webhookBody(format: WebhookFormat, tenant: Tenant, event: WebhookEvent): string {
  return JSON.stringify(format === 'ajo' ? ajoFeedback(tenant, event) : event);
}

/** AJO's words for how it went; the first four are those that it documents. */
const AJO_STATUS: Readonly<Record<string, string>> = {
  'message.sent': 'sent',
  'message.delivered': 'delivered',
  'message.bounced': 'bounce',
  'message.failed': 'error',
  'message.expired': 'error',
  'message.dead': 'error',
  'message.excluded': 'exclude',
};

/**
 * AJO's feedback. `identityMap` is empty: Herald keeps no identity beside a message; `requestId` and the message's id
 * say whose it is.
 */
function ajoFeedback({ org, sandbox }: Tenant, { type, data }: WebhookEvent) {
  const status = AJO_STATUS[type] ?? 'error';
  const { reason = 'unknown' } = data;
  return {
    requestId: data.requestId,
    imsOrg: org,
    sandbox: { id: sandbox, name: sandbox },
    channel: data.channel,
    eventType: 'message.feedback',
    messageExecution: {
      messageExecutionID: data.executionId,
      messageID: data.messageId,
      messageType: data.lane ?? 'transactional',
      campaignID: data.campaignId,
      ...(data.campaignVersion === undefined ? {} : { campaignVersionID: String(data.campaignVersion) }),
    },
    messageDeliveryFeedback: {
      feedbackStatus: { value: status },
      offers: [],
      ...(status === 'exclude' ? { messageExclusion: { reason } } : {}),
      ...(status === 'error' || status === 'bounce'
        ? {
            messageFailure: {
              category: status === 'bounce' ? 'async' : 'sync',
              // AJO knows these two; what was blocked says nothing against the address.
              type: status === 'bounce' && data.bounce !== 'hard' ? 'Soft' : 'Hard',
              ...(data.detail === undefined ? {} : { code: data.detail }),
              reason,
            },
          }
        : {}),
      retryCount: Math.max(0, (data.attempts ?? 1) - 1),
    },
    identityMap: {},
  };
}
