import { createdKeySchema, keyInputSchema, keyRotationSchema, keySchema } from '../key.ts';
import { LIMITS } from '../limits.ts';
import { idParamsSchema, json, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import { tenantSchema } from '../words.ts';

/** Whoever has the scope `keys` administers the keys of every sandbox; without these it is the key's own. */
const whose = tenantSchema.partial().strict();

export const createKey = operation({
  id: 'createKey',
  method: 'post',
  path: '/v1/keys',
  tag: 'Keys',
  summary: 'Create a key',
  access: 'keys',
  body: { schema: keyInputSchema, limit: LIMITS.requestBytes },
  answers: { 201: json('Created.', createdKeySchema, ['Cache-Control']) },
});

export const listKeys = operation({
  id: 'listKeys',
  method: 'get',
  path: '/v1/keys',
  tag: 'Keys',
  summary: 'Keys of a sandbox, newest first',
  access: 'keys',
  query: pageQuerySchema.extend(whose.shape),
  answers: { 200: json('A page.', pageSchema(keySchema)) },
});

export const rotateKey = operation({
  id: 'rotateKey',
  method: 'post',
  path: '/v1/keys/{id}/rotate',
  tag: 'Keys',
  summary: 'Put a new key in the place of one',
  description:
    'The new key has the name, the scopes and the rate of the old one. The old one stops working at the end of the overlap. To be rid of a key that others may know, leave no overlap, or revoke it.',
  access: 'keys',
  params: idParamsSchema,
  query: whose,
  body: { schema: keyRotationSchema, limit: LIMITS.requestBytes, optional: true },
  answers: { 201: json('The new key.', createdKeySchema, ['Cache-Control']) },
  problems: ['not-found'],
});

export const revokeKey = operation({
  id: 'revokeKey',
  method: 'delete',
  path: '/v1/keys/{id}',
  tag: 'Keys',
  summary: 'Revoke a key',
  access: 'keys',
  params: idParamsSchema,
  query: whose,
  answers: { 200: json('It is revoked, now or before.', keySchema) },
  problems: ['not-found'],
});
