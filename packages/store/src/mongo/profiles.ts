import {
  CREATED_PROFILES_DATASET,
  type Profile,
  type ProfileRepository,
  type Resolved,
  type ResolveRequest,
} from '../port.ts';
import { createIdentities, identityId } from './identities.ts';
import { idOf } from './ids.ts';
import type { IdentityDocument, Models } from './models.ts';
import { BY_TENANT, oldestFirst, readSlice, toPage } from './paging.ts';
import { createProfileDocuments, firstIdentity, toProfile } from './profile-documents.ts';
import { createPut } from './put-profile.ts';

/**
 * An identity comes first: whoever inserts it decides which profile it has, and it holds what that profile begins with.
 * So a profile that is not there yet, or that a crash has kept from being there, is made by whoever misses it.
 */
export function createProfiles(models: Models, newId: () => string): ProfileRepository {
  const identities = createIdentities(models);
  const documents = createProfileDocuments(models);

  async function ownersOf(ids: readonly string[]): Promise<Map<string, IdentityDocument>> {
    const found = await identities.read([...new Set(ids)]);
    return new Map([...found].filter(([, { pending }]) => pending !== true));
  }

  async function resolve(requests: readonly ResolveRequest[]): Promise<Resolved[]> {
    const ids = requests.map((request) => identityId(request, request));
    const known = await ownersOf(ids);
    const wanted = new Map<string, IdentityDocument>();
    /** Where in the batch each is created: the first request that asks for it. */
    const createdAt = new Map<string, number>();
    for (const [place, request] of requests.entries()) {
      const id = ids[place] ?? '';
      if (request.create === undefined || known.has(id) || wanted.has(id)) continue;
      wanted.set(id, firstIdentity(request, request.create, newId(), CREATED_PROFILES_DATASET));
      createdAt.set(id, place);
    }
    const { won, others } = await identities.create(wanted);
    const made = [...wanted.values()].filter(({ _id }) => won.has(_id));
    await documents.make(made);
    const found = await documents.of([...known.values(), ...others.values()]);
    for (const { profile, first } of made) if (first) found.set(profile, toProfile({ ...first, attributes: '{}' }));
    return requests.map((_, place) => {
      const id = ids[place] ?? '';
      const identity = known.get(id) ?? others.get(id) ?? wanted.get(id);
      const profile = identity && found.get(identity.profile);
      const creation = won.has(id) ? createdAt.get(id) : undefined;
      if (profile === undefined || place < (creation ?? 0)) return { kind: 'unknown' };
      return { kind: place === creation ? 'created' : 'found', profile };
    });
  }

  return {
    resolve,
    put: createPut({ identities, documents, newId }),
    find: async (identity): Promise<Profile | undefined> => {
      const [owner] = (await ownersOf([identityId(identity, identity)])).values();
      return owner && (await documents.of([owner])).get(owner.profile);
    },
    list: async (tenant, { dataset, ...request }) => {
      const slice = oldestFirst('place', request);
      const { profiles } = models;
      const found = await (dataset === undefined
        ? readSlice(profiles, { tenant: idOf(tenant) }, slice, BY_TENANT)
        : readSlice(profiles, { tenant: idOf(tenant), dataset }, slice, BY_DATASET));
      return toPage(found, slice, toProfile);
    },
  };
}

const BY_DATASET = { tenant: 1, dataset: 1, place: 1 } as const;
