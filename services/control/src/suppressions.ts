import { addressSchemaOf, API, type Channel } from '@herald/contracts';
import { invalid, noContent, parseWith, reply, type ApiBuilder, type Call } from '@herald/service-kit';
import { z } from 'zod';
import { audited } from './audit.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeSuppressions(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, hasher } = deps;
  /** In the log stands a hash in place of the address. */
  const recorded = (
    call: Pick<Call, 'caller'>,
    action: 'add' | 'remove',
    { channel, address }: { readonly channel: Channel; readonly address: string },
  ) => {
    const objectId = hasher.address(tenantOf(call), channel, address);
    return audited(deps, call, { action, objectType: 'suppression', objectId }).suppressions;
  };

  api.handle(API.addSuppression, async (call) => {
    const { channel, address } = call.body;
    const parsed = parseWith(z.object({ address: addressSchemaOf(channel) }), { address });
    if (!parsed.ok) return invalid(parsed);
    const createdAt = new Date(runtime.clock.now()).toISOString();
    await recorded(call, 'add', call.body).add(tenantOf(call), { ...call.body, createdAt });
    // An address that was on the list keeps its first entry, so nothing but what identifies it is said here.
    return reply(201, { channel, address });
  });

  api.handle(API.listSuppressions, (call) => paged(() => store.suppressions.list(tenantOf(call), pageOf(call.query))));

  api.handle(API.removeSuppression, async (call) => {
    const { channel, address } = call.params;
    const removed = await recorded(call, 'remove', call.params).remove(tenantOf(call), channel, address);
    return removed ? noContent : missing('suppression');
  });
}
