import {
  CREATED_PROFILES_DATASET,
  type Identity,
  type Profile,
  type ProfileRepository,
  type ResolveRequest,
} from '../port.ts';
import type { IdentityName } from '@herald/contracts';
import { fromJson, type Call } from './call.ts';
import { identityKey } from './compared.ts';
import type { IdentityKey, NewProfile, ProfileRow } from './operations/profiles.ts';
import { oldestFirst, toPage } from './paging.ts';

export function createProfiles(call: Call): ProfileRepository {
  return {
    resolve: async (requests) => {
      if (requests.length === 0) return [];
      const answers = await call('profilesResolve', requests.map(toRequest));
      return answers.map((answer) => {
        if (answer === null) return { kind: 'unknown' };
        const [created, row] = answer;
        return { kind: created ? 'created' : 'found', profile: toProfile(row) };
      });
    },
    put: async (identity, { attributes, identities = [] }, create) => {
      const { org, sandbox } = identity;
      const names = identities.map(
        (name) =>
          [keyOf({ org, sandbox, ...name }), JSON.stringify({ namespace: name.namespace, value: name.value })] as const,
      );
      const profile = newProfile(identity, create, attributes);
      const answer = await call('profilesPut', { identity: keyOf(identity), profile, names });
      if (answer.conflict !== undefined) {
        const { namespace, value } = identities[answer.conflict] as IdentityName;
        return { kind: 'conflict', identity: { namespace, value } };
      }
      return { kind: 'written', profile: toProfile(answer.row) };
    },
    find: async (identity) => {
      const row = await call('profilesFind', keyOf(identity));
      return row && toProfile(row);
    },
    list: async ({ org, sandbox }, { dataset, ...request }) => {
      const slice = oldestFirst(request);
      const rows = await call('profilesList', {
        org,
        sandbox,
        ...(dataset === undefined ? {} : { dataset }),
        after: slice.from,
        limit: slice.limit,
      });
      return toPage(rows, slice, ([, ...row]) => toProfile(row));
    },
  };
}

const keyOf = (identity: Identity): IdentityKey => [identity.org, identity.sandbox, ...identityKey(identity)];

const toRequest = (request: ResolveRequest): readonly [IdentityKey, NewProfile | null] => [
  keyOf(request),
  request.create === undefined ? null : newProfile(request, request.create, {}, CREATED_PROFILES_DATASET),
];

type Body = Omit<Profile, 'attributes'>;

function newProfile(
  { namespace, value }: Identity,
  { id, at }: { readonly id: string; readonly at: string },
  attributes: Profile['attributes'],
  dataset?: string,
): NewProfile {
  const body: Body = {
    id,
    identities: [{ namespace, value }],
    createdAt: at,
    ...(dataset === undefined ? {} : { dataset }),
  };
  return { id, dataset: dataset ?? null, body: JSON.stringify(body), attributes: JSON.stringify(attributes) };
}

const toProfile = ([body, attributes]: ProfileRow): Profile => ({
  ...fromJson<Body>(body),
  attributes: fromJson<Profile['attributes']>(attributes),
});
