import { z } from 'zod';
import { idParamsSchema, json, operation } from '../operation.ts';

const tag = 'Adobe Journey Optimizer';
const PATH = '/journey/campaigns/service';
const count = (preset: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(preset === 0 ? 0 : 1)
        .max(preset === 0 ? 99_999 : 100),
    )
    .default(preset);
const flag = z.enum(['true', 'false']).optional();

const campaign = z
  .looseObject({
    campaignId: z.string(),
    versionId: z.string(),
    name: z.string(),
    status: z.string(),
    campaignType: z.enum(['ApiTriggered', 'Scheduled']),
    category: z.enum(['Marketing', 'Transactional']),
  })
  .meta({ id: 'AjoCampaign' });
const surface = z
  .looseObject({ surfaceId: z.string(), name: z.string(), channel: z.string(), status: z.string() })
  .meta({ id: 'AjoSurface' });

const list = <S extends z.ZodType>(item: S) =>
  z.object({
    data: z.array(item),
    _page: z.looseObject({ count: z.number().int(), page: z.number().int() }),
    _links: z.looseObject({}),
  });

export const ajoListCampaigns = operation({
  id: 'ajoListCampaigns',
  method: 'get',
  path: `${PATH}/campaigns`,
  tag,
  summary: 'Campaigns',
  access: 'read',
  query: z.strictObject({
    count: count(50),
    page: count(0),
    orderby: z.enum(['name', '-name', 'created', '-created']).default('name'),
    property: z
      .string()
      .max(500)
      .optional()
      .describe('`name`, `status`, `category`, `campaignType`: `==`, `!=`, `=like=`, joined by `;`.'),
    full: flag,
    actions: flag,
  }),
  answers: { 200: json('A page.', list(campaign)) },
});

const read = <const Id extends string, const Path extends string, S extends z.ZodType>(
  id: Id,
  path: Path,
  summary: string,
  schema: S,
) =>
  operation({
    id,
    method: 'get',
    path: `${PATH}${path}`,
    tag,
    summary,
    access: 'read',
    params: idParamsSchema,
    answers: { 200: json('It.', schema) },
    problems: ['not-found'],
  });

export const ajoGetCampaign = read('ajoGetCampaign', '/campaigns/{id}', 'A campaign', campaign);
export const ajoListVersions = read(
  'ajoListVersions',
  '/campaigns/{id}/versions',
  'The versions of a campaign, newest first',
  z.object({ data: z.array(campaign) }),
);
export const ajoValidateCampaign = read(
  'ajoValidateCampaign',
  '/campaigns/{id}/publish/validation',
  'What keeps a campaign from being published',
  z.object({
    valid: z.boolean(),
    errors: z.array(z.looseObject({ title: z.string() })),
    warnings: z.array(z.looseObject({ title: z.string() })),
  }),
);

export const ajoListSurfaces = operation({
  id: 'ajoListSurfaces',
  method: 'get',
  path: `${PATH}/metadata/surfaces`,
  tag,
  summary: 'Surfaces',
  access: 'read',
  answers: { 200: json('All of them.', z.object({ data: z.array(surface) })) },
});
export const ajoGetSurface = operation({
  id: 'ajoGetSurface',
  method: 'get',
  path: `${PATH}/metadata/surfaces/{channel}/{id}`,
  tag,
  summary: 'A surface',
  access: 'read',
  params: z.strictObject({ channel: z.string(), id: z.string() }),
  answers: { 200: json('It.', surface) },
  problems: ['not-found'],
});
