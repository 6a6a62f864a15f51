import { addressSchemaOf, channelSchema, deliveryAddressSchema } from '@herald/contracts';
import type { Router } from 'express';
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

const entry = z.strictObject({
  channel: channelSchema,
  /** Compared trimmed, and email addresses in lower case. */
  address: z.string().trim().pipe(deliveryAddressSchema),
});
const input = entry.extend({ reason: z.string().min(1).max(200).default('manual') });

export function routeSuppressions(router: Router, { store, runtime }: ControlDeps, guards: Guards): void {
  router.post('/v1/suppressions', ...guards.controlWithBody, async (request, response) => {
    const suppression = accepted(response, input, request.body);
    if (suppression === undefined) return;
    if (accepted(response, z.object({ address: addressSchemaOf(suppression.channel) }), suppression) === undefined)
      return;
    const createdAt = new Date(runtime.clock.now()).toISOString();
    await store.suppressions.add(tenantOf(response), { ...suppression, createdAt });
    // An address that was on the list keeps its first entry, so nothing but what identifies it is said here.
    const { channel, address } = suppression;
    response.status(201).json({ channel, address });
  });

  router.get('/v1/suppressions', ...guards.read, async (request, response) => {
    const query = accepted(response, pageQuery, request.query);
    if (query !== undefined) await sendPage(response, () => store.suppressions.list(tenantOf(response), pageOf(query)));
  });

  router.delete('/v1/suppressions/:channel/:address', ...guards.control, async (request, response) => {
    const path = { channel: param(request, 'channel'), address: param(request, 'address') };
    const found = accepted(response, entry, path);
    if (found === undefined) return;
    if (await store.suppressions.remove(tenantOf(response), found.channel, found.address)) response.status(204).end();
    else sendMissing(response, 'suppression');
  });
}
