import { z } from 'zod';
import { inboxQuerySchema, inboxSubscriptionSchema, receivedSchema } from '../inbox.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';

export const listInbox = operation({
  id: 'listInbox',
  method: 'get',
  path: '/v1/inbox',
  tag: 'Inbox',
  summary: 'The newest messages, newest first',
  access: 'keys',
  query: inboxQuerySchema,
  answers: { 200: json('The messages.', pageSchema(receivedSchema).pick({ items: true })) },
});

export const getInboxMessage = operation({
  id: 'getInboxMessage',
  method: 'get',
  path: '/v1/inbox/{id}',
  tag: 'Inbox',
  summary: 'A message',
  access: 'keys',
  params: idParamsSchema,
  answers: { 200: json('The message.', receivedSchema) },
  problems: ['not-found'],
});

export const emptyInbox = operation({
  id: 'emptyInbox',
  method: 'delete',
  path: '/v1/inbox',
  tag: 'Inbox',
  summary: 'Forget what was received',
  description: 'Subscriptions stay.',
  access: 'keys',
  answers: { 204: { description: 'It is empty.' } },
});

export const createInboxSubscription = operation({
  id: 'createInboxSubscription',
  method: 'post',
  path: '/v1/inbox/push-subscriptions',
  tag: 'Inbox',
  summary: 'Make a push subscription of which the inbox has the private key',
  access: 'keys',
  answers: { 201: json('The subscription.', inboxSubscriptionSchema) },
  problems: ['not-found'],
});

export const listInboxSubscriptions = operation({
  id: 'listInboxSubscriptions',
  method: 'get',
  path: '/v1/inbox/push-subscriptions',
  tag: 'Inbox',
  summary: 'The newest of these subscriptions, newest first',
  access: 'keys',
  query: pageQuerySchema.pick({ limit: true }),
  answers: { 200: json('The subscriptions.', pageSchema(inboxSubscriptionSchema).pick({ items: true })) },
});

export const showInbox = operation({
  id: 'showInbox',
  method: 'get',
  path: '/inbox',
  tag: 'Inbox',
  summary: 'The inbox as a web page',
  access: 'none',
  answers: {
    200: { description: 'The page.', content: { 'text/html': z.string() }, headers: ['Content-Security-Policy'] },
  },
});
