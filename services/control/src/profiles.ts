import { identityProblem, LIMITS, recipientSchema } from '@herald/contracts';
import { readJson, sendProblem } from '@herald/service-kit';
import { CREATED_PROFILES_DATASET, type Identity } from '@herald/store';
import { nestAttributes } from '@herald/templates';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import {
  accepted,
  pageOf,
  pageQuery,
  param,
  sendMissing,
  sendPage,
  tenantOf,
  type ControlDeps,
  type Guards,
} from './rest.ts';

const identitySchema = z.object({
  namespace: recipientSchema.shape.namespace,
  value: recipientSchema.shape.userId,
});
/** Attributes as in XDM: nested objects, or dotted names, which are nested before they are stored. */
const profileInput = z.strictObject({ attributes: z.record(z.string().max(200), z.json()) });
const listQuery = pageQuery.extend({ dataset: z.literal('created').optional() });

export function routeProfiles(router: Router, { store, runtime }: ControlDeps, guards: Guards): void {
  router.get('/v1/profiles', ...guards.read, async (request, response) => {
    const query = accepted(response, listQuery, request.query);
    if (query === undefined) return;
    const dataset = query.dataset === undefined ? {} : { dataset: CREATED_PROFILES_DATASET };
    await sendPage(response, () => store.profiles.list(tenantOf(response), { ...pageOf(query), ...dataset }));
  });

  router.get('/v1/profiles/:namespace/:value', ...guards.read, async (request, response) => {
    const identity = identityOf(request, response);
    if (identity === undefined) return;
    const profile = await store.profiles.find(identity);
    if (profile === undefined) sendMissing(response, 'profile');
    else response.json(profile);
  });

  // A profile travels with its message: it may be as large as a context.
  const body = readJson(LIMITS.contextBytes);
  router.put(
    '/v1/profiles/:namespace/:value',
    ...guards.control,
    body,
    async (request: Request, response: Response) => {
      const identity = identityOf(request, response);
      if (identity === undefined) return;
      const input = accepted(response, profileInput, request.body);
      if (input === undefined) return;
      const create = { id: runtime.newId(), at: new Date(runtime.clock.now()).toISOString() };
      const put = await store.profiles.put(identity, { attributes: nestAttributes(input.attributes) }, create);
      if (put.kind === 'written') response.json(put.profile);
    },
  );
}

function identityOf(request: Request, response: Response): Identity | undefined {
  const path = { namespace: param(request, 'namespace'), value: param(request, 'value') };
  const identity = accepted(response, identitySchema, path);
  if (identity === undefined) return undefined;
  const wrong = identityProblem(identity);
  if (wrong !== undefined) {
    sendProblem(response, 'invalid-body', { detail: `value ${wrong}`, context: { field: 'value' } });
    return undefined;
  }
  return { ...tenantOf(response), ...identity };
}
