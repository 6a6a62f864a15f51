import { addressSchemaOf, API } from '@herald/contracts';
import { invalid, noContent, parseWith, reply, type ApiBuilder } from '@herald/service-kit';
import { z } from 'zod';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeSuppressions(api: ApiBuilder, { store, runtime }: ControlDeps): void {
  api.handle(API.addSuppression, async (call) => {
    const { channel, address } = call.body;
    const parsed = parseWith(z.object({ address: addressSchemaOf(channel) }), { address });
    if (!parsed.ok) return invalid(parsed);
    const createdAt = new Date(runtime.clock.now()).toISOString();
    await store.suppressions.add(tenantOf(call), { ...call.body, createdAt });
    // An address that was on the list keeps its first entry, so nothing but what identifies it is said here.
    return reply(201, { channel, address });
  });

  api.handle(API.listSuppressions, (call) => paged(() => store.suppressions.list(tenantOf(call), pageOf(call.query))));

  api.handle(API.removeSuppression, async (call) => {
    const { channel, address } = call.params;
    const removed = await store.suppressions.remove(tenantOf(call), channel, address);
    return removed ? noContent : missing('suppression');
  });
}
