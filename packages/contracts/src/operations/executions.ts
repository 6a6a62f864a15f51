import { z } from 'zod';
import { bulkRequestSchema, bulkResultSchema } from '../bulk.ts';
import {
  cancellationViewSchema,
  executionAcceptedSchema,
  executionViewSchema,
  highThroughputRequestSchema,
  messageStateSchema,
  messageViewSchema,
  unitaryRequestSchema,
} from '../execution.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import { identityValueSchema, namespaceSchema } from '../recipient.ts';
import { reasonSchema } from '../words.ts';

export const executeUnitary = operation({
  id: 'executeUnitary',
  method: 'post',
  path: '/ajo/im/executions/unitary',
  tag: 'Executions',
  summary: 'Send a campaign to up to 20 people',
  description:
    'When it answers 202, every message is on disk, and each recipient ends in exactly one final state that `GET /v1/executions/{id}` tells. The same `requestId` with the same body is answered again and never sent again. Fields and query parameters that are not known are ignored.',
  access: 'execute',
  body: { schema: unitaryRequestSchema, limit: LIMITS.requestBytes },
  answers: {
    202: {
      ...json('Accepted, now or before.', executionAcceptedSchema, ['Idempotent-Replayed']),
      links: { getExecution: { id: '/executionId' } },
    },
  },
  problems: [
    'campaign-unknown',
    'campaign-not-live',
    'campaign-outside-dates',
    'campaign-type',
    'request-id-reused',
    'platform-unsupported',
    'profile-unknown',
    'context-invalid',
    'overloaded',
  ],
});

export const executeBulk = operation({
  id: 'executeBulk',
  method: 'post',
  path: '/v1/executions',
  tag: 'Executions',
  summary: `Make up to ${LIMITS.executionsPerBulk} calls at once`,
  description:
    'Each execution is what `/ajo/im/executions/unitary` takes, and is answered by itself, in the order of the request: with the 202 body or with a problem. Repeating the request is safe: every execution is found again by its own `requestId`. The request is answered with 503 when none of it could be carried out.',
  access: 'execute',
  body: { schema: bulkRequestSchema, limit: LIMITS.requestBytes, lines: unitaryRequestSchema },
  answers: { 200: json('What became of each.', bulkResultSchema) },
  problems: ['overloaded'],
});

export const executeHighThroughput = operation({
  id: 'executeHighThroughput',
  method: 'post',
  path: '/ajo/im/executions/highthroughput',
  tag: 'Executions',
  summary: 'Send a campaign to up to 20 people without looking for profiles',
  description:
    'As `unitary`, of any channel; every recipient is `external`. One engine and one record of requests for both.',
  access: 'execute',
  body: { schema: highThroughputRequestSchema, limit: LIMITS.requestBytes },
  answers: executeUnitary.answers,
  problems: executeUnitary.problems,
});

export const executionHealth = operation({
  id: 'executionHealth',
  method: 'get',
  path: '/ajo/im/health',
  tag: 'Executions',
  summary: 'Whether calls can be made with this key',
  access: 'any',
  answers: { 200: json('They can.', z.object({ status: z.literal('ok') })) },
});

const id = z.string().min(1).max(200).optional();
/** Milliseconds since the epoch, once parsed. */
const timeSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const executionsQuery = pageQuerySchema.extend({
  campaignId: id,
  requestId: id,
  userId: identityValueSchema
    .optional()
    .describe('Only those with this recipient, in `namespace`. Addresses are not stored: the search compares hashes.'),
  from: timeSchema.optional().describe('Accepted at this time or later, by the time in the executionId.'),
  to: timeSchema.optional().describe('Accepted before this time.'),
  namespace: namespaceSchema.optional().describe('The namespace of `userId`; `email` unless told.'),
});

export const listExecutions = operation({
  id: 'listExecutions',
  method: 'get',
  path: '/v1/executions',
  tag: 'Messages',
  summary: 'Accepted calls, newest first',
  access: 'read',
  query: executionsQuery,
  answers: { 200: json('A page.', pageSchema(executionViewSchema)) },
});

export const getExecution = operation({
  id: 'getExecution',
  method: 'get',
  path: '/v1/executions/{id}',
  tag: 'Messages',
  summary: 'An accepted call, and what became of its recipients',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The execution.', executionViewSchema) },
  problems: ['not-found'],
});

export const cancelExecution = operation({
  id: 'cancelExecution',
  method: 'delete',
  path: '/v1/executions/{id}',
  tag: 'Messages',
  summary: 'Stop what is not sent yet of an accepted call',
  description:
    'Messages that wait end as `excluded`/`cancelled`. One that a provider is being called for ends as that call does, and is not tried again. Repeating it is safe: the answer tells how each message stands.',
  access: 'control',
  params: idParamsSchema,
  answers: { 200: json('What was still to be stopped, by recipient.', cancellationViewSchema) },
  problems: ['not-found'],
});

export const listMessages = operation({
  id: 'listMessages',
  method: 'get',
  path: '/v1/messages',
  tag: 'Messages',
  summary: "Messages: those of the newest call first, each call's in its order",
  description:
    'All filters can be combined. A page looks at a bounded number of messages: where few are as asked, it may hold fewer than `limit`, or none, and still have a `next`. A final state is found within moments of the message’s end; what a page shows is how each message is at that time.',
  access: 'read',
  query: executionsQuery.extend({
    executionId: id,
    state: messageStateSchema.optional().describe('The state of the newest round.'),
    reason: reasonSchema.optional().describe('Why it ended so; with `state=retrying`, why it is tried again.'),
  }),
  answers: { 200: json('A page.', pageSchema(messageViewSchema)) },
});

export const getMessage = operation({
  id: 'getMessage',
  method: 'get',
  path: '/v1/messages/{id}',
  tag: 'Messages',
  summary: 'A message, with its time line',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The message.', messageViewSchema) },
  problems: ['not-found'],
});
