import { z } from 'zod';
import { importLineSchema } from '../import.ts';
import { LIMITS } from '../limits.ts';
import { json, lines, operation } from '../operation.ts';
import { pageQuerySchema, pageSchema } from '../paging.ts';
import {
  erasureReceiptSchema,
  identityParamsSchema,
  profileCountsSchema,
  profileInputSchema,
  profileLineSchema,
  profilePatchSchema,
  profileSchema,
} from '../profile.ts';

export const listProfiles = operation({
  id: 'listProfiles',
  method: 'get',
  path: '/v1/profiles',
  tag: 'Profiles',
  summary: 'Profiles, oldest first',
  access: 'read',
  query: pageQuerySchema.extend({
    dataset: z.literal('created').optional().describe('`created`: only those that a call created.'),
  }),
  answers: { 200: json('A page.', pageSchema(profileSchema)) },
});

export const countProfiles = operation({
  id: 'countProfiles',
  method: 'get',
  path: '/v1/profiles/counts',
  tag: 'Profiles',
  summary: 'How many profiles there are, and how many of them a call created',
  access: 'read',
  answers: { 200: json('The counts.', profileCountsSchema) },
});

export const importProfiles = operation({
  id: 'importProfiles',
  method: 'post',
  path: '/v1/profiles/import',
  tag: 'Profiles',
  summary: 'Put many profiles, one per line of JSON',
  description:
    'A file of any size: it is read as fast as it can be written. Each line does what a `PUT` does; one that is wrong is told by its number and stops nothing. An import that broke off is simply made again.',
  access: 'control',
  body: { schema: profileLineSchema, limit: LIMITS.contextBytes, stream: true },
  answers: { 200: lines('How far it is, a line at a time; the last one is the result.', importLineSchema) },
});

export const getProfile = operation({
  id: 'getProfile',
  method: 'get',
  path: '/v1/profiles/{namespace}/{value}',
  tag: 'Profiles',
  summary: 'The profile of an identity',
  access: 'read',
  params: identityParamsSchema,
  answers: { 200: json('The profile.', profileSchema) },
  problems: ['not-found'],
});

export const putProfile = operation({
  id: 'putProfile',
  method: 'put',
  path: '/v1/profiles/{namespace}/{value}',
  tag: 'Profiles',
  summary: 'Create the profile of an identity, or replace its attributes',
  description:
    'The last one to write wins: whoever keeps profiles elsewhere sends each as it is there. Of somebody who was erased it takes the mark of the erasure away: messages that are accepted from then on are sent.',
  access: 'control',
  params: identityParamsSchema,
  // A profile travels with its message: it may be as large as a context.
  body: { schema: profileInputSchema, limit: LIMITS.contextBytes },
  answers: { 200: json('The profile as it is now.', profileSchema) },
  problems: ['identity-taken'],
});

export const patchProfile = operation({
  id: 'patchProfile',
  method: 'patch',
  path: '/v1/profiles/{namespace}/{value}',
  tag: 'Profiles',
  summary: 'Change some attributes of a profile',
  description: 'Changes that are made at once do not undo each other, unless they are of the same attribute.',
  access: 'control',
  params: identityParamsSchema,
  body: { schema: profilePatchSchema, limit: LIMITS.contextBytes },
  answers: { 200: json('The profile as it is now.', profileSchema) },
  problems: ['not-found', 'identity-taken', 'too-large'],
});

export const eraseProfile = operation({
  id: 'eraseProfile',
  method: 'delete',
  path: '/v1/profiles/{namespace}/{value}',
  tag: 'Profiles',
  summary: 'Erase a person',
  description:
    'Deletes the profile and all that leads to it, whether or not there is one, and marks its identities and addresses by their hashes: nothing that was accepted before is sent, and no call creates the profile again until it is put. Repeating it is safe. See docs/profiles.md.',
  access: 'control',
  params: identityParamsSchema,
  answers: { 200: json('What was deleted, and when the last trace expires.', erasureReceiptSchema) },
});
