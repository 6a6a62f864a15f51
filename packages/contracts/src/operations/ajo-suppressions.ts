import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { json, operation } from '../operation.ts';

const tag = 'Adobe Journey Optimizer';
const PATH = '/ajo/config/suppression/addresses';
const type = z
  .enum(['client', 'allowed'])
  .default('client')
  .describe('`client`: the suppression list. There is no list of allowed addresses.');

const entry = z.object({ type: z.literal('email'), entityValue: z.email().max(LIMITS.addressLength) });
const ajoSuppressionSchema = z
  .object({
    id: z.string(),
    entity: z.object({ type: z.literal('email'), entityValue: z.string() }),
    suppressed: z.object({
      type: z.enum(['MANUAL', 'HARD', 'SOFT']),
      user: z.string(),
      comment: z.string(),
      date: z.number().int(),
    }),
    creationDate: z.number().int().describe('Milliseconds since the epoch.'),
    lastModifiedDate: z.number().int(),
    status: z.enum(['active', 'deleted']),
    listType: z.enum(['client', 'allowed']),
    client: z.object({ imsOrgId: z.string(), sandboxId: z.string() }),
  })
  .meta({ id: 'AjoSuppression' });
export type AjoSuppression = z.infer<typeof ajoSuppressionSchema>;

const page = z
  .object({
    _page: z.object({ orderby: z.string(), next: z.string().optional(), count: z.number().int() }),
    items: z.array(ajoSuppressionSchema),
    _links: z.record(z.string(), z.object({ href: z.string() })),
  })
  .meta({ id: 'AjoSuppressionList' });

export const ajoListSuppressed = operation({
  id: 'ajoListSuppressed',
  method: 'get',
  path: PATH,
  tag,
  summary: 'Suppressed email addresses, newest first',
  access: 'read',
  query: z.strictObject({
    type,
    orderby: z.literal('-creationdate').default('-creationdate'),
    limit: z
      .string()
      .regex(/^\d{1,4}$/)
      .transform(Number)
      .pipe(z.number().min(1).max(1_000))
      .default(20),
    start: z.string().min(1).max(500).optional().describe('`_page.next` of the page before.'),
  }),
  answers: { 200: json('A page.', page) },
  problems: ['not-supported'],
});

export const ajoSuppress = operation({
  id: 'ajoSuppress',
  method: 'post',
  path: PATH,
  tag,
  summary: 'Suppress email addresses',
  access: 'control',
  query: z.strictObject({ type }),
  body: {
    schema: z
      .array(z.object({ entity: entry, comment: z.string().max(200).optional(), user: z.string().max(100).optional() }))
      .min(1)
      .max(1_000),
    limit: LIMITS.requestBytes,
  },
  answers: { 201: json('They are on the list, now or before.', z.array(ajoSuppressionSchema)) },
  problems: ['not-supported'],
});

const params = z.strictObject({ address: z.string().min(1).max(LIMITS.addressLength) });

export const ajoGetSuppressed = operation({
  id: 'ajoGetSuppressed',
  method: 'get',
  path: `${PATH}/{address}`,
  tag,
  summary: 'A suppressed email address',
  access: 'read',
  query: z.strictObject({ type }),
  params,
  answers: { 200: json('It is on the list.', ajoSuppressionSchema) },
  problems: ['not-found', 'not-supported'],
});

export const ajoRelease = operation({
  id: 'ajoRelease',
  method: 'delete',
  path: `${PATH}/{address}`,
  tag,
  summary: 'Take an email address off the list',
  access: 'control',
  query: z.strictObject({ type }),
  params,
  answers: { 204: { description: 'It is off the list.' } },
  problems: ['not-found', 'not-supported'],
});
