import type { Delivery } from '@herald/bus';
import {
  decodeMessage,
  decodeNotice,
  marksOf,
  STATUS_TOPIC,
  type EventBody,
  type Notice,
  type Tenant,
  type WebhookEvent,
} from '@herald/contracts';

/** Something that webhooks may be told of. */
export interface Happening extends Tenant {
  /** The same however often it is told. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: WebhookEvent;
}

/** Reads a status event or a notice; undefined: this release knows no such record. */
export function happeningOf(delivery: Delivery): Happening | undefined {
  if (delivery.topic !== STATUS_TOPIC) {
    const notice = decodeNotice(delivery);
    return notice && ofNotice(notice);
  }
  const decoded = decodeMessage('message.status.v1', delivery);
  return decoded.kind === 'message' ? ofStatus(decoded.body) : undefined;
}

const iso = (at: number): string => new Date(at).toISOString();

function ofStatus(status: EventBody<'message.status.v1'>): Happening {
  const { org, sandbox, messageId, round, state, at } = status;
  return {
    org,
    sandbox,
    // A message ends once in each round.
    id: `${messageId}/${round}/ended`,
    at,
    event: {
      type: `message.${state}`,
      timestamp: iso(at),
      data: {
        messageId,
        executionId: status.executionId,
        campaignId: status.campaignId,
        campaignVersion: status.campaignVersion,
        channel: status.channel,
        lane: status.lane,
        state,
        reason: status.reason,
        attempts: status.attempt,
        round,
        ...(status.provider === undefined ? {} : { provider: status.provider }),
        acceptedAt: iso(status.times.accepted),
        at: iso(at),
        ...marksOf(status),
      },
    },
  };
}

function ofNotice({ org, sandbox, id, type, at, ...said }: Notice): Happening {
  return { org, sandbox, id, at, event: { type, timestamp: iso(at), data: { ...said, at: iso(at) } } };
}
