import { API, identityProblem } from '@herald/contracts';
import { invalid, reply, type ApiBuilder, type Call, type Refusal } from '@herald/service-kit';
import { CREATED_PROFILES_DATASET, type Identity } from '@herald/store';
import { nestAttributes } from '@herald/templates';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeProfiles(api: ApiBuilder, { store, runtime }: ControlDeps): void {
  api.handle(API.listProfiles, (call) => {
    const dataset = call.query.dataset === undefined ? {} : { dataset: CREATED_PROFILES_DATASET };
    return paged(() => store.profiles.list(tenantOf(call), { ...pageOf(call.query), ...dataset }));
  });

  api.handle(API.getProfile, async (call) => {
    const identity = identityOf(call);
    if ('problem' in identity) return identity;
    const profile = await store.profiles.find(identity);
    return profile === undefined ? missing('profile') : reply(200, profile);
  });

  api.handle(API.putProfile, async (call) => {
    const identity = identityOf(call);
    if ('problem' in identity) return identity;
    const create = { id: runtime.newId(), at: new Date(runtime.clock.now()).toISOString() };
    return reply(200, await store.profiles.put(identity, nestAttributes(call.body.attributes), create));
  });
}

function identityOf(call: Pick<Call<typeof API.getProfile>, 'caller' | 'params'>): Identity | Refusal<'invalid-body'> {
  const wrong = identityProblem(call.params);
  return wrong === undefined ? { ...tenantOf(call), ...call.params } : invalid({ field: 'value', message: wrong });
}
