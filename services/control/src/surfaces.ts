import { surfaceInputSchema, type Surface } from '@herald/contracts';
import { sendProblem } from '@herald/service-kit';
import type { Router } from 'express';
import {
  accepted,
  ifMatch,
  pageOf,
  pageQuery,
  param,
  sendConflict,
  sendCreated,
  sendMissing,
  sendPage,
  sendRevision,
  tenantOf,
  type ControlDeps,
  type Guards,
} from './rest.ts';

export function routeSurfaces(router: Router, { store, runtime }: ControlDeps, guards: Guards): void {
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  router.post('/v1/surfaces', ...guards.controlWithBody, async (request, response) => {
    const input = accepted(response, surfaceInputSchema, request.body);
    if (input === undefined) return;
    const at = now();
    const surface: Surface = { ...input, id: runtime.newId(), revision: 1, createdAt: at, modifiedAt: at };
    await store.surfaces.insert(tenantOf(response), surface);
    sendCreated(response, `/v1/surfaces/${surface.id}`, surface);
  });

  router.get('/v1/surfaces', ...guards.read, async (request, response) => {
    const query = accepted(response, pageQuery, request.query);
    if (query !== undefined) await sendPage(response, () => store.surfaces.list(tenantOf(response), pageOf(query)));
  });

  router.get('/v1/surfaces/:id', ...guards.read, async (request, response) => {
    const surface = await store.surfaces.get(tenantOf(response), param(request, 'id'));
    if (surface === undefined) sendMissing(response, 'surface');
    else sendRevision(response, surface);
  });

  router.put('/v1/surfaces/:id', ...guards.controlWithBody, async (request, response) => {
    const input = accepted(response, surfaceInputSchema, request.body);
    if (input === undefined) return;
    const tenant = tenantOf(response);
    const current = await store.surfaces.get(tenant, param(request, 'id'));
    if (current === undefined) {
      sendMissing(response, 'surface');
      return;
    }
    if (!ifMatch(request, response, current.revision)) return;
    if (input.channel !== current.channel) {
      const detail = 'channel stays what it was: campaigns rely on it';
      sendProblem(response, 'invalid-body', { detail, context: { field: 'channel' } });
      return;
    }
    const { id, revision, createdAt } = current;
    const next = { ...input, id, revision: revision + 1, createdAt, modifiedAt: now() };
    const written = await store.surfaces.replace(tenant, next);
    if (written.kind === 'written') sendRevision(response, written.value);
    else if (written.kind === 'missing') sendMissing(response, 'surface');
    else sendConflict(response);
  });
}
