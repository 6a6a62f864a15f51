import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';

const tag = 'Adobe Journey Optimizer';
const TEMPLATES = '/ajo/content/templates';
const FRAGMENTS = '/ajo/content/fragments';
const vnd = (name: string): string => `application/vnd.adobe.ajo.${name}+json`;

const text = z.string().min(1);
const source = z.looseObject({ origin: z.enum(['ajo', 'aem', 'external']) }).optional();
const named = { name: z.string().min(1).max(200), description: z.string().max(2_000).optional() };

const ajoTemplateInputSchema = z
  .looseObject({
    ...named,
    templateType: z.enum(['html', 'content']).describe('Templates of pages are not supported.'),
    channels: z.array(z.enum(['email', 'sms', 'push'])).length(1),
    source,
    parentFolderId: z.string().max(200).optional(),
    template: z.looseObject({
      subject: text.optional(),
      html: z.union([text, z.looseObject({ body: text })]).optional(),
      text: z
        .union([text, z.looseObject({ body: z.string().optional(), syncFromHtml: z.boolean().optional() })])
        .optional(),
      title: text.optional(),
      message: text.optional(),
    }),
  })
  .meta({ id: 'AjoTemplateInput' });
export type AjoTemplateInput = z.infer<typeof ajoTemplateInputSchema>;

const ajoFragmentInputSchema = z
  .looseObject({
    ...named,
    type: z.enum(['html', 'expression']),
    channels: z.array(z.enum(['email', 'shared'])).length(1),
    subType: z.enum(['TEXT', 'HTML', 'JSON']).optional(),
    source,
    parentFolderId: z.string().max(200).optional(),
    fragment: z.looseObject({ content: text.optional(), expression: text.optional() }),
  })
  .meta({ id: 'AjoFragmentInput' });
export type AjoFragmentInput = z.infer<typeof ajoFragmentInputSchema>;

const audit = {
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  modifiedAt: z.iso.datetime(),
  modifiedBy: z.string(),
};
const template = z.looseObject({ ...audit, templateType: z.string() }).meta({ id: 'AjoTemplate' });
const fragment = z
  .looseObject({ ...audit, type: z.string(), status: z.enum(['DRAFT', 'PUBLISHING', 'PUBLISHED']) })
  .meta({ id: 'AjoFragment' });

/** `[{ op, path, value }]` (RFC 6902), of the three fields that it may change. */
const patch = z
  .array(
    z.strictObject({
      op: z.enum(['add', 'remove', 'replace']),
      path: z.enum(['/name', '/description', '/parentFolderId']),
      value: z.string().max(2_000).optional(),
    }),
  )
  .min(1)
  .max(20)
  .meta({ id: 'AjoPatch' });

const query = z.strictObject({
  orderBy: z
    .string()
    .regex(/^-?(?:modifiedAt|createdAt|name)$/, 'must be modifiedAt, createdAt or name, with "-" for descending')
    .default('-modifiedAt'),
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(1_000))
    .default(20),
  start: z.string().min(1).max(500).optional(),
  property: z
    .union([z.string().max(500), z.array(z.string().max(500)).max(10)])
    .optional()
    .describe('`name~^test`, `channels==email`, `modifiedAt>=2026-01-01T00:00:00Z`, …'),
});
const list = <S extends z.ZodType>(item: S) =>
  z.object({
    items: z.array(item),
    _page: z.object({ orderBy: z.string(), count: z.number().int(), next: z.string().optional() }),
    _links: z.looseObject({}),
  });
const templateBody = {
  schema: ajoTemplateInputSchema,
  limit: LIMITS.requestBytes,
  types: [vnd('template.v1')],
} as const;
const fragmentBody = {
  schema: ajoFragmentInputSchema,
  limit: LIMITS.requestBytes,
  types: [vnd('fragment.v1.0')],
} as const;
const patchBody = { schema: patch, limit: LIMITS.requestBytes, types: ['application/json-patch+json'] } as const;

const created = {
  description: 'Created.',
  headers: ['x-resource-id', 'Location', 'ETag'],
} as const;
const typed = <const T extends string, S extends z.ZodType>(type: T, schema: S) => ({
  description: 'It.',
  content: { [type]: schema } as Record<T, S>,
  headers: ['ETag'] as const,
});

export const ajoCreateTemplate = operation({
  id: 'ajoCreateTemplate',
  method: 'post',
  path: TEMPLATES,
  tag,
  summary: 'Create a template',
  access: 'control',
  body: templateBody,
  answers: { 201: created },
});
export const ajoListTemplates = operation({
  id: 'ajoListTemplates',
  method: 'get',
  path: TEMPLATES,
  tag,
  summary: 'Templates',
  access: 'read',
  query,
  answers: {
    200: { description: 'A page.', content: { 'application/vnd.adobe.ajo.template-list.v1+json': list(template) } },
  },
});
export const ajoGetTemplate = operation({
  id: 'ajoGetTemplate',
  method: 'get',
  path: `${TEMPLATES}/{id}`,
  tag,
  summary: 'A template',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: typed('application/vnd.adobe.ajo.template.v1+json', template) },
  problems: ['not-found'],
});
export const ajoReplaceTemplate = operation({
  id: 'ajoReplaceTemplate',
  method: 'put',
  path: `${TEMPLATES}/{id}`,
  tag,
  summary: 'Replace a template',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: templateBody,
  answers: { 204: { description: 'Replaced.', headers: ['ETag'] } },
  problems: ['not-found'],
});
export const ajoPatchTemplate = operation({
  id: 'ajoPatchTemplate',
  method: 'patch',
  path: `${TEMPLATES}/{id}`,
  tag,
  summary: 'Rename, describe or move a template',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: patchBody,
  answers: { 200: typed('application/vnd.adobe.ajo.template.v1+json', template) },
  problems: ['not-found'],
});
export const ajoDeleteTemplate = operation({
  id: 'ajoDeleteTemplate',
  method: 'delete',
  path: `${TEMPLATES}/{id}`,
  tag,
  summary: 'Delete a template',
  access: 'control',
  params: idParamsSchema,
  answers: { 204: { description: 'It is gone.' } },
  problems: ['not-found'],
});

export const ajoCreateFragment = operation({
  id: 'ajoCreateFragment',
  method: 'post',
  path: FRAGMENTS,
  tag,
  summary: 'Create a fragment, as a draft',
  access: 'control',
  body: fragmentBody,
  answers: { 201: created },
});
export const ajoListFragments = operation({
  id: 'ajoListFragments',
  method: 'get',
  path: FRAGMENTS,
  tag,
  summary: 'Fragments',
  access: 'read',
  query,
  answers: {
    200: { description: 'A page.', content: { 'application/vnd.adobe.ajo.fragment-list.v1.0+json': list(fragment) } },
  },
});
export const ajoGetFragment = operation({
  id: 'ajoGetFragment',
  method: 'get',
  path: `${FRAGMENTS}/{id}`,
  tag,
  summary: 'A fragment',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: typed('application/vnd.adobe.ajo.fragment.v1.0+json', fragment) },
  problems: ['not-found'],
});
export const ajoReplaceFragment = operation({
  id: 'ajoReplaceFragment',
  method: 'put',
  path: `${FRAGMENTS}/{id}`,
  tag,
  summary: 'Replace a fragment; what is published stays so',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: fragmentBody,
  answers: { 204: { description: 'Replaced.', headers: ['ETag'] } },
  problems: ['not-found'],
});
export const ajoPatchFragment = operation({
  id: 'ajoPatchFragment',
  method: 'patch',
  path: `${FRAGMENTS}/{id}`,
  tag,
  summary: 'Rename, describe or move a fragment',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body: patchBody,
  answers: { 204: { description: 'Changed.', headers: ['ETag'] } },
  problems: ['not-found'],
});
export const ajoPublishFragment = operation({
  id: 'ajoPublishFragment',
  method: 'post',
  path: `${FRAGMENTS}/publications`,
  tag,
  summary: 'Publish a fragment',
  description: 'It is published when this answers; `lastPublicationStatus` says so too.',
  access: 'control',
  body: {
    schema: z.object({ fragmentId: z.string().min(1).max(100) }).meta({ id: 'AjoPublication' }),
    limit: LIMITS.requestBytes,
    types: [vnd('fragment.publication.request.v1.0')],
  },
  answers: { 202: { description: 'Published.', headers: ['Location'] } },
  problems: ['not-found', 'fragment-invalid', 'precondition-failed'],
});
export const ajoLiveFragment = operation({
  id: 'ajoLiveFragment',
  method: 'get',
  path: `${FRAGMENTS}/{id}/liveFragment`,
  tag,
  summary: 'A fragment, as it was published last',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('It.', fragment) },
  problems: ['not-found'],
});
export const ajoPublicationStatus = operation({
  id: 'ajoPublicationStatus',
  method: 'get',
  path: `${FRAGMENTS}/{id}/lastPublicationStatus`,
  tag,
  summary: 'How the last publication of a fragment ended',
  access: 'read',
  params: idParamsSchema,
  answers: {
    200: json('It.', z.object({ status: z.enum(['complete', 'inProgress', 'error']), errors: z.array(z.string()) })),
  },
  problems: ['not-found'],
});
