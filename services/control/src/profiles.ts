import { isDeepStrictEqual } from 'node:util';
import { API, identityProblem, LIMITS, type IdentityName } from '@herald/contracts';
import { invalid, refuse, reply, replyLines, type ApiBuilder, type Call, type Refusal } from '@herald/service-kit';
import { CREATED_PROFILES_DATASET, type Creation, type Identity, type ProfilePut } from '@herald/store';
import { nestAttributes } from '@herald/templates';
import { record } from './audit.ts';
import { erasePerson, marksOf } from './erasure.ts';
import { importLines, type LineProblem } from './import.ts';
import { missing, paged, pageOf, tenantOf, type ControlDeps } from './rest.ts';

export function routeProfiles(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, hasher, log } = deps;
  const newProfile = (): Creation => ({ id: runtime.newId(), at: new Date(runtime.clock.now()).toISOString() });

  api.handle(API.listProfiles, (call) => {
    const dataset = call.query.dataset === undefined ? {} : { dataset: CREATED_PROFILES_DATASET };
    return paged(() => store.profiles.list(tenantOf(call), { ...pageOf(call.query), ...dataset }));
  });

  api.handle(API.countProfiles, async (call) =>
    reply(200, { ...(await store.profiles.count(tenantOf(call))), dataset: CREATED_PROFILES_DATASET }),
  );

  api.handle(API.importProfiles, async (call) => {
    const { schema, limit: limitBytes } = API.importProfiles.body;
    const tenant = tenantOf(call);
    await record(deps, call, { action: 'import', objectType: 'profile', objectId: runtime.newId() });
    const lines = importLines({
      request: call.request,
      clock: runtime.clock,
      schema,
      limitBytes,
      check: ({ identities, attributes }) => {
        const wrong = namesProblem(identities);
        if (wrong !== undefined) return wrong;
        const [first, ...further] = identities as [IdentityName, ...IdentityName[]];
        return {
          item: {
            identity: { ...tenant, ...first },
            input: {
              attributes: nestAttributes(attributes),
              identities: further,
              returning: marksOf(hasher, tenant, identities),
            },
            create: newProfile(),
          },
        };
      },
      write: async (items) =>
        (await store.profiles.putMany(items)).map((put, index) =>
          put.kind === 'written' ? undefined : takenProblem(put, items[index]?.input.identities ?? [], 1),
        ),
    });
    return replyLines(lines);
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
    const wrong = namesProblem(identities);
    if (wrong !== undefined) return invalid(wrong);
    const returning = marksOf(hasher, identity, [identity, ...identities]);
    const input = { attributes: nestAttributes(attributes), identities, returning };
    const put = await store.profiles.put(identity, input, newProfile());
    return put.kind === 'written' ? reply(200, put.profile) : taken(put, identities);
  });

  api.handle(API.patchProfile, async (call) => {
    const identity = identityOf(call);
    if ('problem' in identity) return identity;
    const { attributes = {}, identities = [] } = call.body;
    const wrong = namesProblem(identities);
    if (wrong !== undefined) return invalid(wrong);
    const changed = await store.profiles.change(identity, {
      attributes: nestAttributes(attributes),
      identities,
      returning: marksOf(hasher, identity, [identity, ...identities]),
      limit: LIMITS.contextBytes,
    });
    if (changed.kind === 'missing') return missing('profile');
    if (changed.kind === 'too-large') {
      const detail = `with it the attributes are longer than ${LIMITS.contextBytes} characters of JSON`;
      return refuse('too-large', { detail, context: { field: 'attributes' } });
    }
    return changed.kind === 'written' ? reply(200, changed.profile) : taken(changed, identities);
  });

  api.handle(API.eraseProfile, async (call) => {
    const identity = identityOf(call);
    if ('problem' in identity) return identity;
    // Under a hash: who was erased is told to nobody.
    const objectId = hasher.identity(identity, identity.namespace, identity.value);
    await record(deps, call, { action: 'erase', objectType: 'profile', objectId });
    const receipt = await erasePerson(deps, identity);
    log.info({ keyId: call.caller.keyId, ...receipt.deleted }, 'a person was erased');
    return reply(200, { ...receipt, auditObjectId: objectId });
  });
}

type Conflict = Extract<ProfilePut, { kind: 'conflict' }>;

const taken = (put: Conflict, identities: readonly IdentityName[]): Refusal<'identity-taken'> =>
  refuse('identity-taken', { context: { field: takenProblem(put, identities).field } });

/** `before`: how many names stand before these in the list that the caller sent. */
function takenProblem({ identity }: Conflict, identities: readonly IdentityName[], before = 0): LineProblem {
  const place = identities.findIndex(({ namespace, value }) => isDeepStrictEqual({ namespace, value }, identity));
  return { field: `identities[${place + before}]`, message: 'belongs to another profile; nothing was changed' };
}

function namesProblem(identities: readonly IdentityName[]): LineProblem | undefined {
  for (const [index, name] of identities.entries()) {
    const message = identityProblem(name);
    if (message !== undefined) return { field: `identities[${index}].value`, message };
  }
  return undefined;
}

function identityOf(call: Pick<Call<typeof API.getProfile>, 'caller' | 'params'>): Identity | Refusal<'invalid-body'> {
  const wrong = identityProblem(call.params);
  return wrong === undefined ? { ...tenantOf(call), ...call.params } : invalid({ field: 'value', message: wrong });
}
