import { z } from 'zod';
import type { EncodedRecord } from './codec.ts';
import { messageHeadersSchema } from './envelope.ts';
import { WEBHOOKS_TOPIC } from './topics.ts';
import type { Tenant } from './words.ts';

/** That a delivery is to be tried: names it and holds nothing of it, so a repeat is recognised by what is stored. */
export interface WebhookTask extends Tenant {
  readonly webhookId: string;
  readonly deliveryId: string;
  /** From 1; one that is not stored yet is a replay, and opens it. */
  readonly round: number;
  /** From 1 in each round. */
  readonly attempt: number;
  /** Milliseconds since the epoch; it is not tried later. */
  readonly deadline: number;
  /** How many times it was put off since its last attempt; absent: never. */
  readonly holds?: number;
}

const TYPE = 'webhook.delivery.v1';
const valueSchema = z.object({ webhookId: z.string().min(1) });

/** The task's record. Its headers are those of messages, so that the ladder carries it like one. */
export function encodeWebhookTask(task: WebhookTask, notBefore?: number): EncodedRecord {
  return {
    key: task.deliveryId,
    headers: {
      type: TYPE,
      'message-id': task.deliveryId,
      round: String(task.round),
      attempt: String(task.attempt),
      deadline: String(task.deadline),
      org: task.org,
      sandbox: task.sandbox,
      'origin-topic': WEBHOOKS_TOPIC,
      ...(task.holds === undefined ? {} : { rung: String(task.holds) }),
      ...(notBefore === undefined ? {} : { 'not-before': String(notBefore) }),
    },
    value: Buffer.from(JSON.stringify({ webhookId: task.webhookId })),
  };
}

/** Undefined: it is no task that this release knows. */
export function decodeWebhookTask(record: EncodedRecord): WebhookTask | undefined {
  const headers = messageHeadersSchema.safeParse(record.headers).data;
  if (headers?.type !== TYPE) return undefined;
  const { org, sandbox, round, attempt, deadline, rung: holds, 'message-id': deliveryId } = headers;
  try {
    const value = valueSchema.safeParse(JSON.parse(Buffer.from(record.value).toString())).data;
    if (value === undefined) return undefined;
    const { webhookId } = value;
    const task = { org, sandbox, webhookId, deliveryId, round, attempt, deadline };
    return holds === undefined ? task : { ...task, holds };
  } catch {
    return undefined;
  }
}
