import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import {
  createdWebhookSchema,
  deliveryReplayedSchema,
  deliveryStateSchema,
  webhookDeliverySchema,
  webhookInputSchema,
  webhookReplayedSchema,
  webhookReplaySchema,
  webhookRotationSchema,
  webhookSchema,
  webhookTestInputSchema,
  webhookTestResultSchema,
} from '../webhook.ts';

const tag = 'Webhooks';
const limit = LIMITS.requestBytes;
const params = idParamsSchema;
const deliveryParams = z.strictObject({ id: z.string(), deliveryId: z.string() });

export const createWebhook = operation({
  id: 'createWebhook',
  method: 'post',
  path: '/v1/webhooks',
  tag,
  summary: 'Create a webhook',
  description: 'It is told of what happens from now on. docs/webhooks.md says how to check what it is sent.',
  access: 'control',
  body: { schema: webhookInputSchema, limit },
  answers: { 201: json('Created.', createdWebhookSchema, ['ETag', 'Location', 'Cache-Control']) },
  problems: ['webhooks-full'],
});

export const listWebhooks = operation({
  id: 'listWebhooks',
  method: 'get',
  path: '/v1/webhooks',
  tag,
  summary: 'Webhooks, newest first',
  access: 'read',
  query: pageQuerySchema,
  answers: { 200: json('A page.', pageSchema(webhookSchema)) },
});

export const getWebhook = operation({
  id: 'getWebhook',
  method: 'get',
  path: '/v1/webhooks/{id}',
  tag,
  summary: 'A webhook',
  access: 'read',
  params,
  answers: { 200: json('The webhook.', webhookSchema, ['ETag']) },
  problems: ['not-found'],
});

export const replaceWebhook = operation({
  id: 'replaceWebhook',
  method: 'put',
  path: '/v1/webhooks/{id}',
  tag,
  summary: 'Replace a webhook',
  description: 'The secret stays. One that was disabled is enabled again by its `status`.',
  access: 'control',
  params,
  ifMatch: 'required',
  body: { schema: webhookInputSchema, limit },
  answers: { 200: json('Replaced.', webhookSchema, ['ETag']) },
  problems: ['not-found'],
});

export const deleteWebhook = operation({
  id: 'deleteWebhook',
  method: 'delete',
  path: '/v1/webhooks/{id}',
  tag,
  summary: 'Delete a webhook',
  description: 'What waits to be delivered to it is not delivered any more.',
  access: 'control',
  params,
  answers: { 204: { description: 'It is gone.' } },
  problems: ['not-found'],
});

export const rotateWebhookSecret = operation({
  id: 'rotateWebhookSecret',
  method: 'post',
  path: '/v1/webhooks/{id}/rotate',
  tag,
  summary: 'Put a new secret in the place of one',
  description: 'During the overlap each delivery has a signature of both. An older one than these two stops at once.',
  access: 'control',
  params,
  body: { schema: webhookRotationSchema, limit, optional: true },
  answers: { 200: json('With the new secret.', createdWebhookSchema, ['ETag', 'Cache-Control']) },
  problems: ['not-found', 'precondition-failed'],
});

export const testWebhook = operation({
  id: 'testWebhook',
  method: 'post',
  path: '/v1/webhooks/{id}/test',
  tag,
  summary: 'Send a sample at once, and say what was answered',
  description: 'Signed and formed like any other, with `data.test`; it is tried once, and not listed.',
  access: 'control',
  params,
  body: { schema: webhookTestInputSchema, limit, optional: true },
  answers: { 200: json('What came of it.', webhookTestResultSchema) },
  problems: ['not-found'],
});

export const listWebhookDeliveries = operation({
  id: 'listWebhookDeliveries',
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries',
  tag,
  summary: 'What was or is to be delivered, newest first',
  access: 'read',
  params,
  query: pageQuerySchema.extend({ state: deliveryStateSchema.optional() }),
  answers: { 200: json('A page.', pageSchema(webhookDeliverySchema)) },
  problems: ['not-found'],
});

export const getWebhookDelivery = operation({
  id: 'getWebhookDelivery',
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries/{deliveryId}',
  tag,
  summary: 'A delivery, with its attempts',
  access: 'read',
  params: deliveryParams,
  answers: { 200: json('The delivery.', webhookDeliverySchema) },
  problems: ['not-found'],
});

export const replayWebhookDelivery = operation({
  id: 'replayWebhookDelivery',
  method: 'post',
  path: '/v1/webhooks/{id}/deliveries/{deliveryId}/replay',
  tag,
  summary: 'Deliver it again',
  description:
    'Opens a further round, with attempts and a day of its own. The id stays: whoever has it already can tell.',
  access: 'control',
  params: deliveryParams,
  answers: { 202: json('It will be tried.', deliveryReplayedSchema) },
  problems: ['not-found', 'webhook-disabled', 'delivery-pending'],
});

export const replayWebhook = operation({
  id: 'replayWebhook',
  method: 'post',
  path: '/v1/webhooks/{id}/replay',
  tag,
  summary: 'Deliver again what failed since a time',
  description: 'A bounded number per call, the newest first; `next` says that there is more.',
  access: 'control',
  params,
  body: { schema: webhookReplaySchema, limit },
  answers: { 202: json('They will be tried.', webhookReplayedSchema) },
  problems: ['not-found', 'webhook-disabled'],
});
