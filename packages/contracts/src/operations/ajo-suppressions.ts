import { z } from 'zod';
import { ajoListQuerySchema, ajoPageOf } from '../ajo-paging.ts';
import { LIMITS } from '../limits.ts';
import { json, operation } from '../operation.ts';

const tag = 'Adobe Journey Optimizer';
const PATH = '/ajo/config/suppression';
const type = z
  .enum(['client', 'allowed'])
  .default('client')
  .describe('`client`: the suppression list. There is no list of allowed addresses.');

const entityTypeSchema = z.enum(['email', 'domain']);
const ajoSuppressionSchema = z
  .object({
    id: z.string(),
    entity: z.object({ type: entityTypeSchema, entityValue: z.string() }),
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

const page = ajoPageOf(ajoSuppressionSchema, 'AjoSuppressionList');

const list = <const Id extends string, const Path extends string>(id: Id, path: Path, summary: string) =>
  operation({
    id,
    method: 'get',
    path: `${PATH}/${path}`,
    tag,
    summary,
    access: 'read',
    query: ajoListQuerySchema.extend({ type }),
    answers: { 200: json('A page.', page) },
    problems: ['not-supported'],
  });

const add = <const Id extends string, const Path extends string, S extends z.ZodType>(
  id: Id,
  path: Path,
  summary: string,
  entity: S,
) =>
  operation({
    id,
    method: 'post',
    path: `${PATH}/${path}`,
    tag,
    summary,
    access: 'control',
    query: z.strictObject({ type }),
    body: {
      schema: z
        .array(z.object({ entity, comment: z.string().max(200).optional(), user: z.string().max(100).optional() }))
        .min(1)
        .max(1_000),
      limit: LIMITS.requestBytes,
    },
    answers: { 201: json('They are on the list, now or before.', z.array(ajoSuppressionSchema)) },
    problems: ['not-supported'],
  });

const paramOf = z.string().min(1).max(LIMITS.addressLength);
const addressParams = z.strictObject({ address: paramOf });
const domainParams = z.strictObject({ domain: paramOf });

const get = <const Id extends string, const Path extends string, P extends z.ZodObject>(
  id: Id,
  path: Path,
  summary: string,
  params: P,
) =>
  operation({
    id,
    method: 'get',
    path: `${PATH}/${path}`,
    tag,
    summary,
    access: 'read',
    query: z.strictObject({ type }),
    params,
    answers: { 200: json('It is on the list.', ajoSuppressionSchema) },
    problems: ['not-found', 'not-supported'],
  });

const release = <const Id extends string, const Path extends string, P extends z.ZodObject>(
  id: Id,
  path: Path,
  summary: string,
  params: P,
) =>
  operation({
    id,
    method: 'delete',
    path: `${PATH}/${path}`,
    tag,
    summary,
    access: 'control',
    query: z.strictObject({ type }),
    params,
    answers: { 204: { description: 'It is off the list.' } },
    problems: ['not-found', 'not-supported'],
  });

const emailSchema = z.object({ type: z.literal('email'), entityValue: z.email().max(LIMITS.addressLength) });
const domainSchema = z.object({
  type: z.literal('domain'),
  entityValue: z.string().min(1).max(LIMITS.addressLength).describe('As in `example.com`: not its subdomains.'),
});

export const ajoListSuppressed = list('ajoListSuppressed', 'addresses', 'Suppressed email addresses, newest first');
export const ajoSuppress = add('ajoSuppress', 'addresses', 'Suppress email addresses', emailSchema);
export const ajoGetSuppressed = get(
  'ajoGetSuppressed',
  'addresses/{address}',
  'A suppressed email address',
  addressParams,
);
export const ajoRelease = release(
  'ajoRelease',
  'addresses/{address}',
  'Take an email address off the list',
  addressParams,
);
export const ajoListSuppressedDomains = list('ajoListSuppressedDomains', 'domains', 'Suppressed domains, newest first');
export const ajoSuppressDomains = add('ajoSuppressDomains', 'domains', 'Suppress domains', domainSchema);
export const ajoGetSuppressedDomain = get(
  'ajoGetSuppressedDomain',
  'domains/{domain}',
  'A suppressed domain',
  domainParams,
);
export const ajoReleaseDomain = release(
  'ajoReleaseDomain',
  'domains/{domain}',
  'Take a domain off the list',
  domainParams,
);
