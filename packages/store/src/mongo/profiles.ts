import {
  CREATED_PROFILES_DATASET,
  type Profile,
  type ProfilePut,
  type ProfilePutRequest,
  type ProfileRepository,
  type Resolved,
  type ResolveRequest,
} from '../port.ts';
import { createErasures } from './erasures.ts';
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
  const erasures = createErasures(models, documents);
  const writes = createPut({ identities, documents, erasures, newId });
  const { profiles } = models;

  async function ownersOf(ids: readonly string[]): Promise<Map<string, IdentityDocument>> {
    const found = await identities.read([...new Set(ids)]);
    return new Map([...found].filter(([, { pending }]) => pending !== true));
  }

  /** The places of those who were erased, among those that are asked about. */
  async function erasedAmong(
    requests: readonly ResolveRequest[],
    isAsked: (place: number) => boolean,
  ): Promise<Set<number>> {
    const places = [...requests.keys()].filter((place) => isAsked(place) && requests[place]?.erasure !== undefined);
    if (places.length === 0) return new Set();
    const asked = places.map((place) => requests[place] as ResolveRequest);
    const erased = await erasures.areErased(asked.map((request) => [request, request.erasure] as const));
    return new Set(places.filter((_, index) => erased[index]));
  }

  async function resolve(requests: readonly ResolveRequest[]): Promise<Resolved[]> {
    const ids = requests.map((request) => identityId(request, request));
    const known = await ownersOf(ids);
    const erased = await erasedAmong(requests, (place) => !known.has(ids[place] ?? ''));
    const wanted = new Map<string, IdentityDocument>();
    /** Where in the batch each is created: the first request that asks for it. */
    const createdAt = new Map<string, number>();
    for (const [place, request] of requests.entries()) {
      const id = ids[place] ?? '';
      if (request.create === undefined || known.has(id) || wanted.has(id) || erased.has(place)) continue;
      wanted.set(id, firstIdentity(request, request.create, newId(), CREATED_PROFILES_DATASET));
      createdAt.set(id, place);
    }
    const { won, others } = await identities.create(wanted);
    const made = [...wanted.values()].filter(({ _id }) => won.has(_id));
    // Whoever erases sets the marks first: either they are seen here, or what was created before them is seen there.
    for (const place of await erasedAmong(requests, (place) => won.has(ids[place] ?? ''))) erased.add(place);
    const refused = new Set([...erased].map((place) => ids[place]));
    await documents.takeBack(made.filter(({ _id }) => refused.has(_id)));
    const gone = await documents.make(made.filter(({ _id }) => !refused.has(_id)));
    const found = await documents.of([...known.values(), ...others.values()]);
    for (const identity of made) {
      const { profile, first } = identity;
      if (first && !gone.has(identity)) found.set(profile, toProfile({ ...first, attributes: '{}' }));
    }
    const profileAt = (place: number): Profile | undefined => {
      const id = ids[place] ?? '';
      const identity = known.get(id) ?? others.get(id) ?? wanted.get(id);
      return identity && found.get(identity.profile);
    };
    // Who was known a moment ago and is gone may have been erased in between.
    const isGone = (place: number): boolean => known.has(ids[place] ?? '') && profileAt(place) === undefined;
    for (const place of await erasedAmong(requests, isGone)) erased.add(place);
    return requests.map((_, place) => {
      if (erased.has(place)) return { kind: 'erased' };
      const id = ids[place] ?? '';
      const profile = profileAt(place);
      const creation = won.has(id) ? createdAt.get(id) : undefined;
      if (profile === undefined || place < (creation ?? 0)) return { kind: 'unknown' };
      return { kind: place === creation ? 'created' : 'found', profile };
    });
  }

  return {
    resolve,
    known: async (asked) => {
      const owners = await ownersOf(asked.map((identity) => identityId(identity, identity)));
      return asked.map((identity) => owners.has(identityId(identity, identity)));
    },
    ...writes,
    putMany: (asked) => putInRounds(asked, writes.put),
    erase: erasures.erase,
    count: async (tenant) => {
      const owned = { tenant: idOf(tenant) };
      const [total, created] = await Promise.all([
        profiles.countDocuments(owned, { hint: BY_TENANT }),
        profiles.countDocuments({ ...owned, dataset: CREATED_PROFILES_DATASET }, { hint: BY_DATASET }),
      ]);
      return { total, created };
    },
    find: async (identity): Promise<Profile | undefined> => {
      const [owner] = (await ownersOf([identityId(identity, identity)])).values();
      return owner && (await documents.of([owner])).get(owner.profile);
    },
    list: async (tenant, { dataset, ...request }) => {
      const slice = oldestFirst('place', request);
      const found = await (dataset === undefined
        ? readSlice(profiles, { tenant: idOf(tenant) }, slice, BY_TENANT)
        : readSlice(profiles, { tenant: idOf(tenant), dataset }, slice, BY_DATASET));
      return toPage(found, slice, toProfile);
    },
  };
}

/** How many are under way at once. */
const AT_ONCE = 16;

/** Puts that share a name come one after the other, in their order; all others together. */
async function putInRounds(
  requests: readonly ProfilePutRequest[],
  put: ProfileRepository['put'],
): Promise<ProfilePut[]> {
  const answers: ProfilePut[] = [];
  let left = [...requests.entries()];
  while (left.length > 0) {
    const taken = new Set<string>();
    const later: typeof left = [];
    const now: typeof left = [];
    for (const entry of left) {
      const { identity, input } = entry[1];
      const ids = [identity, ...(input.identities ?? [])].map((name) => identityId(identity, name));
      (now.length === AT_ONCE || ids.some((id) => taken.has(id)) ? later : now).push(entry);
      // What comes later with one of these names waits for this one, now or later.
      for (const id of ids) taken.add(id);
    }
    await Promise.all(
      now.map(async ([place, { identity, input, create }]) => {
        answers[place] = await put(identity, input, create);
      }),
    );
    left = later;
  }
  return answers;
}

const BY_DATASET = { tenant: 1, dataset: 1, place: 1 } as const;
