import { isDeepStrictEqual } from 'node:util';
import { API, identityProblem } from '@herald/contracts';
import { invalid, refuse, reply, type ApiBuilder, type Call, type Refusal } from '@herald/service-kit';
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
    const { attributes, identities = [] } = call.body;
    for (const [index, name] of identities.entries()) {
      const wrong = identityProblem(name);
      if (wrong !== undefined) return invalid({ field: `identities[${index}].value`, message: wrong });
    }
    const create = { id: runtime.newId(), at: new Date(runtime.clock.now()).toISOString() };
    const put = await store.profiles.put(identity, { attributes: nestAttributes(attributes), identities }, create);
    if (put.kind === 'written') return reply(200, put.profile);
    const taken = identities.findIndex(({ namespace, value }) => isDeepStrictEqual({ namespace, value }, put.identity));
    return refuse('identity-taken', { context: { field: `identities[${taken}]` } });
  });
}

function identityOf(call: Pick<Call<typeof API.getProfile>, 'caller' | 'params'>): Identity | Refusal<'invalid-body'> {
  const wrong = identityProblem(call.params);
  return wrong === undefined ? { ...tenantOf(call), ...call.params } : invalid({ field: 'value', message: wrong });
}
