import { API, LIMITS, type Tenant } from '@herald/contracts';
import { noContent, refuse, reply, type ApiBuilder } from '@herald/service-kit';
import { missing, tenantOf, type ControlDeps } from './rest.ts';

/** Test data that authors keep with a campaign. */
export function routeFixtures(api: ApiBuilder, { store, runtime }: ControlDeps): void {
  const exists = async (tenant: Tenant, campaignId: string): Promise<boolean> =>
    (await store.campaigns.get(tenant, campaignId)) !== undefined;

  api.handle(API.listFixtures, async (call) => {
    const tenant = tenantOf(call);
    if (!(await exists(tenant, call.params.id))) return missing('campaign');
    return reply(200, { items: await store.fixtures.list(tenant, call.params.id) });
  });

  api.handle(API.getFixture, async (call) => {
    const found = await store.fixtures.get(tenantOf(call), call.params.id, call.params.name);
    return found === undefined ? missing('fixture') : reply(200, found);
  });

  api.handle(API.putFixture, async (call) => {
    const tenant = tenantOf(call);
    const { id, name } = call.params;
    if (!(await exists(tenant, id))) return missing('campaign');
    const fixture = { ...call.body, name, modifiedAt: new Date(runtime.clock.now()).toISOString() };
    const put = await store.fixtures.put(tenant, id, fixture, LIMITS.fixturesPerCampaign);
    if (put === 'written') return reply(200, fixture);
    return refuse('fixtures-full', { context: { campaignId: id } });
  });

  api.handle(API.deleteFixture, async (call) => {
    const removed = await store.fixtures.remove(tenantOf(call), call.params.id, call.params.name);
    return removed ? noContent : missing('fixture');
  });
}
