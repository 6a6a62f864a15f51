import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import { surfaceInputSchema, surfaceSchema, surfaceStatusSchema } from '../surface.ts';
import { channelSchema } from '../words.ts';

const body = { schema: surfaceInputSchema, limit: LIMITS.requestBytes } as const;

export const createSurface = operation({
  id: 'createSurface',
  method: 'post',
  path: '/v1/surfaces',
  tag: 'Surfaces',
  summary: 'Create a surface',
  access: 'control',
  body,
  answers: { 201: json('Created.', surfaceSchema, ['ETag', 'Location']) },
});

export const listSurfaces = operation({
  id: 'listSurfaces',
  method: 'get',
  path: '/v1/surfaces',
  tag: 'Surfaces',
  summary: 'Surfaces, newest first',
  access: 'read',
  query: pageQuerySchema.extend({ channel: channelSchema.optional(), status: surfaceStatusSchema.optional() }),
  answers: { 200: json('A page.', pageSchema(surfaceSchema)) },
});

export const getSurface = operation({
  id: 'getSurface',
  method: 'get',
  path: '/v1/surfaces/{id}',
  tag: 'Surfaces',
  summary: 'A surface',
  access: 'read',
  params: idParamsSchema,
  answers: { 200: json('The surface.', surfaceSchema, ['ETag']) },
  problems: ['not-found'],
});

export const replaceSurface = operation({
  id: 'replaceSurface',
  method: 'put',
  path: '/v1/surfaces/{id}',
  tag: 'Surfaces',
  summary: 'Replace a surface',
  description: 'The channel stays what it was: campaigns rely on it.',
  access: 'control',
  params: idParamsSchema,
  ifMatch: 'required',
  body,
  answers: { 200: json('Replaced.', surfaceSchema, ['ETag']) },
  problems: ['not-found'],
});
