import { callerOf, sendProblem } from '@herald/service-kit';
import type { Tenant } from '@herald/contracts';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { accepted, pageOf, pageQuery, sendMissing, sendPage, tenantOf, type ControlDeps, type Guards } from './rest.ts';

/** Records of which nothing could be read belong to no sandbox: they are for whoever runs the installation. */
const whose = z.strictObject({ unreadable: z.literal('true').optional() });
const listQuery = pageQuery.extend(whose.shape);

export function routeDeadLetters(router: Router, { store, bus }: ControlDeps, guards: Guards): void {
  router.get('/v1/dead-letters', ...guards.read, async (request, response) => {
    const query = accepted(response, listQuery, request.query);
    if (query === undefined) return;
    const owner = ownerOf(response, query);
    if (owner !== undefined) await sendPage(response, () => store.deadLetters.list(owner.tenant, pageOf(query)));
  });

  // An id may be the place of a record, with slashes in it, encoded or not.
  router.get('/v1/dead-letters/*id', ...guards.read, async (request: Request, response: Response) => {
    const query = accepted(response, whose, request.query);
    const owner = query === undefined ? undefined : ownerOf(response, query);
    if (owner === undefined) return;
    const segments: unknown = request.params['id'];
    const id = Array.isArray(segments) ? segments.join('/') : String(segments);
    const letter = await store.deadLetters.get(owner.tenant, id);
    if (letter === undefined) {
      sendMissing(response, 'dead letter');
      return;
    }
    const record = await bus.read(letter.position);
    // Headers hold ids and codes. The payload holds the message: it is never shown.
    response.json({
      ...letter,
      ...(record === undefined ? {} : { record: { headers: record.headers, bytes: record.value.byteLength } }),
    });
  });
}

function ownerOf(
  response: Response,
  { unreadable }: z.output<typeof whose>,
): { readonly tenant: Tenant | undefined } | undefined {
  if (unreadable === undefined) return { tenant: tenantOf(response) };
  if (callerOf(response).scopes.includes('keys')) return { tenant: undefined };
  sendProblem(response, 'forbidden', { detail: 'unreadable records are shown to keys with the scope "keys"' });
  return undefined;
}
