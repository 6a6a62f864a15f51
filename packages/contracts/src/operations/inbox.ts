import { z } from 'zod';
import { receivedSchema } from '../inbox.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';

export const listInbox = operation({
  id: 'listInbox',
  method: 'get',
  path: '/v1/inbox',
  tag: 'Inbox',
  summary: 'The newest messages, newest first',
  access: 'read',
  query: pageQuerySchema.pick({ limit: true }),
  answers: { 200: json('The messages.', pageSchema(receivedSchema).pick({ items: true })) },
});

export const getInboxMessage = operation({
  id: 'getInboxMessage',
  method: 'get',
  path: '/v1/inbox/{id}',
  tag: 'Inbox',
  summary: 'A message',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The message.', receivedSchema) },
  problems: ['not-found'],
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
