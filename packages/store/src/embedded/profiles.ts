import { hashedEntry, type IdentityName } from '@herald/contracts';
import {
  CREATED_PROFILES_DATASET,
  type Creation,
  type Erased,
  type Erasure,
  type Identity,
  type Profile,
  type ProfilePut,
  type ProfileRepository,
  type ResolveRequest,
} from '../port.ts';
import { fromJson, type Call } from './call.ts';
import { addressKey, identityKey } from './compared.ts';
import type { EraseArgs, MarksQuestion } from './operations/erasures.ts';
import type { IdentityKey, NewProfile, ProfilePutArgs, ProfileRow } from './operations/profiles.ts';
import { oldestFirst, toPage } from './paging.ts';

export function createProfiles(call: Call): ProfileRepository {
  async function putMany(requests: Parameters<ProfileRepository['putMany']>[0]): Promise<ProfilePut[]> {
    if (requests.length === 0) return [];
    const answers = await call(
      'profilesPut',
      requests.map(({ identity, input, create }): ProfilePutArgs => {
        const profile = newProfile(identity, create, input.attributes);
        return { identity: keyOf(identity), profile, ...namesOf(identity, input) };
      }),
    );
    return answers.map((answer, index) => toPut(answer, requests[index]?.input.identities));
  }

  return {
    resolve: async (requests) => {
      if (requests.length === 0) return [];
      const answers = await call('profilesResolve', requests.map(toRequest));
      return answers.map((answer) => {
        if (answer === null) return { kind: 'unknown' };
        if (answer === 'erased') return { kind: 'erased' };
        const [created, row] = answer;
        return { kind: created ? 'created' : 'found', profile: toProfile(row) };
      });
    },
    known: async (identities) => {
      if (identities.length === 0) return [];
      return (await call('profilesKnown', identities.map(keyOf))).map((known) => known === 1);
    },
    put: async (identity, input, create) => {
      const [put] = await putMany([{ identity, input, create }]);
      return put as ProfilePut;
    },
    putMany,
    change: async (identity, change) => {
      const { attributes = {}, identities, withoutDevice: endpoint = null, limit } = change;
      const patch = JSON.stringify(attributes);
      const names = namesOf(identity, change);
      const answer = await call('profilesChange', { identity: keyOf(identity), patch, endpoint, limit, ...names });
      return typeof answer === 'string' ? { kind: answer } : toPut(answer, identities);
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
    count: async ({ org, sandbox }) => {
      const counts = new Map(await call('profilesCount', [org, sandbox]));
      const created = counts.get(CREATED_PROFILES_DATASET) ?? 0;
      return { total: [...counts.values()].reduce((total, profiles) => total + profiles, 0), created };
    },
    erase: (erasure) => erase(call, erasure),
  };
}

async function erase(call: Call, erasure: Erasure): Promise<Erased> {
  const { identity, identities, addresses, at, until } = erasure;
  const marks: EraseArgs['marks'] = [
    ...identities.map((mark) => [mark, false] as const),
    ...addresses.map(({ hash }) => [hash, true] as const),
  ];
  for (;;) {
    const seen = (await call('profilesFind', keyOf(identity)))?.[0] ?? null;
    const names = seen === null ? [] : fromJson<Body>(seen).identities;
    const done = await call('profilesErase', {
      identity: keyOf(identity),
      seen,
      names: names.map((name) => keyOf({ ...identity, ...name })),
      marks,
      at,
      until,
      recipients: identities,
      addresses: addresses.map(({ channel, address, hash }) => [
        channel,
        addressKey(channel, address),
        hashedEntry(hash),
        hash,
      ]),
    });
    // Somebody gave it another name in between.
    if (done === 'changed') continue;
    const { row, ...counts } = done;
    return row === undefined ? counts : { ...counts, profile: toProfile(row) };
  }
}

const keyOf = (identity: Identity): IdentityKey => [identity.org, identity.sandbox, ...identityKey(identity)];

function namesOf(
  { org, sandbox }: Identity,
  input: { readonly identities?: readonly IdentityName[]; readonly returning?: readonly string[] },
): Pick<ProfilePutArgs, 'names' | 'returning'> {
  const names = (input.identities ?? []).map(
    ({ namespace, value }) =>
      [keyOf({ org, sandbox, namespace, value }), JSON.stringify({ namespace, value })] as const,
  );
  return { names, returning: input.returning ?? [] };
}

function toPut(
  answer: { readonly conflict: number } | { readonly row: ProfileRow },
  identities: readonly IdentityName[] = [],
): ProfilePut {
  if ('row' in answer) return { kind: 'written', profile: toProfile(answer.row) };
  const { namespace, value } = identities[answer.conflict] as IdentityName;
  return { kind: 'conflict', identity: { namespace, value } };
}

const toRequest = (request: ResolveRequest): [IdentityKey, NewProfile | null, MarksQuestion | null] => [
  keyOf(request),
  request.create === undefined ? null : newProfile(request, request.create, {}, CREATED_PROFILES_DATASET),
  request.erasure === undefined ? null : [request.erasure.marks, request.erasure.acceptedAt],
];

type Body = Omit<Profile, 'attributes'>;

function newProfile(
  { namespace, value }: Identity,
  { id, at }: Creation,
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
