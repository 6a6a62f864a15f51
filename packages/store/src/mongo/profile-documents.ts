import type { IdentityName, Tenant } from '@herald/contracts';
import { fromJson } from '../json.ts';
import type { Identity, Profile } from '../port.ts';
import { identityId } from './identities.ts';
import { idOf } from './ids.ts';
import { insertOnce } from './insert-once.ts';
import type { IdentityDocument, Models, ProfileDocument } from './models.ts';

/** `refused` by `merge`; `gone`: the profile was erased in between. */
export type Changed = { readonly kind: 'changed'; readonly profile: Profile } | { readonly kind: 'refused' | 'gone' };

export interface ProfileDocuments {
  /** The profiles of identities, by the profile's document. What a crash kept from being written is written first. */
  of(owned: readonly IdentityDocument[]): Promise<Map<string, Profile>>;
  /**
   * Makes profiles from their first identities, where they are not there. Returns those that were erased in between,
   * which are not there then either.
   */
  make(firsts: readonly IdentityDocument[], attributes?: Profile['attributes']): Promise<ReadonlySet<IdentityDocument>>;
  /** Takes back first names that were just given, and what somebody may have made of them. */
  takeBack(firsts: readonly IdentityDocument[]): Promise<void>;
  /** Adds the names that are not there yet, and replaces the attributes where some are given. */
  change(
    profile: string,
    change: {
      readonly names: readonly IdentityName[];
      readonly attributes?: Profile['attributes'];
      /** What the attributes become, from what they are; undefined: nothing is to be changed. */
      readonly merge?: (attributes: Profile['attributes']) => Profile['attributes'] | undefined;
    },
  ): Promise<Changed>;
}

export function createProfileDocuments({ profiles, identities }: Models): ProfileDocuments {
  async function read(ids: readonly string[]): Promise<ProfileDocument[]> {
    return ids.length === 0 ? [] : profiles.find({ _id: { $in: ids } }).lean<ProfileDocument[]>();
  }

  async function insert(made: readonly (ProfileDocument | undefined)[]): Promise<void> {
    await insertOnce(
      profiles,
      made.filter((profile) => profile !== undefined),
    );
  }

  const make: ProfileDocuments['make'] = async (firsts, attributes) => {
    if (firsts.length === 0) return new Set();
    await insert(firsts.map((first) => newProfile(first, attributes)));
    // Whoever erases takes the names first and then deletes the profile: a name that is still there says that the
    // profile, if it is being erased, will be deleted after it was made here.
    const named = await identities.find({ _id: { $in: firsts.map(({ _id }) => _id) } }).lean<IdentityDocument[]>();
    const owners = new Map(named.map(({ _id, profile, pending }) => [_id, pending === true ? undefined : profile]));
    const gone = firsts.filter(({ _id, profile }) => owners.get(_id) !== profile);
    if (gone.length > 0) await profiles.deleteMany({ _id: { $in: gone.map(({ profile }) => profile) } });
    return new Set(gone);
  };

  const change: ProfileDocuments['change'] = async (profile, { names, attributes: given, merge }) => {
    for (;;) {
      const found = await profiles.findById(profile).lean<ProfileDocument>();
      if (found === null) return { kind: 'gone' };
      const attributes = merge === undefined ? given : merge(toProfile(found).attributes);
      if (merge !== undefined && attributes === undefined) return { kind: 'refused' };
      const changed = await profiles
        .findOneAndUpdate(
          { _id: profile, revision: found.revision },
          {
            $set: {
              revision: found.revision + 1,
              body: withNames(found.body, names),
              ...(attributes === undefined ? {} : { attributes: JSON.stringify(attributes) }),
            },
          },
          { returnDocument: 'after' },
        )
        .lean<ProfileDocument>();
      if (changed !== null) return { kind: 'changed', profile: toProfile(changed) };
    }
  };

  return {
    takeBack: async (firsts) => {
      for (const { _id, profile } of firsts) {
        await identities.deleteOne({ _id, profile });
        await profiles.deleteOne({ _id: profile });
      }
    },
    make,
    change,
    of: async (owned) => {
      const ids = [...new Set(owned.map(({ profile }) => profile))];
      const documents = await read(ids);
      const there = new Set(documents.map(({ _id }) => _id));
      const missing = owned.filter(({ profile }) => !there.has(profile));
      if (missing.length > 0) {
        await make(missing);
        documents.push(...(await read(missing.map(({ profile }) => profile))));
      }
      const found = new Map(documents.map((document) => [document._id, toProfile(document)]));
      for (const { profile, body } of owned) {
        const name = fromJson<IdentityName>(body);
        const { identities } = found.get(profile) ?? { identities: [name] };
        if (has(identities, name)) continue;
        const changed = await change(profile, { names: [name] });
        if (changed.kind === 'changed') found.set(profile, changed.profile);
        else found.delete(profile);
      }
      return found;
    },
  };
}

type Body = Omit<Profile, 'attributes'>;

/** Whose names they are does not matter here: they are compared with each other. */
const NOBODY: Tenant = { org: '', sandbox: '' };

const has = (names: readonly IdentityName[], name: IdentityName): boolean =>
  names.some((other) => other.namespace === name.namespace && other.value === name.value) ||
  names.some((other) => identityId(NOBODY, other) === identityId(NOBODY, name));

function withNames(json: string, names: readonly IdentityName[]): string {
  const body = fromJson<Body>(json);
  const identities = [...body.identities];
  for (const { namespace, value } of names)
    if (!has(identities, { namespace, value })) identities.push({ namespace, value });
  return JSON.stringify({ ...body, identities });
}

/** The identity that a profile begins with. */
export function firstIdentity(
  identity: Identity,
  creation: { readonly id: string; readonly at: string },
  place: string,
  dataset?: string,
): IdentityDocument {
  const inDataset = dataset === undefined ? {} : { dataset };
  const name = { namespace: identity.namespace, value: identity.value };
  const body: Body = { id: creation.id, identities: [name], createdAt: creation.at, ...inDataset };
  return {
    ...nameOf(identity, name, idOf(identity, creation.id)),
    first: { tenant: idOf(identity), place, revision: 1, body: JSON.stringify(body), ...inDataset },
  };
}

/** A name of a profile. */
export const nameOf = (tenant: Tenant, { namespace, value }: IdentityName, profile: string): IdentityDocument => ({
  _id: identityId(tenant, { namespace, value }),
  profile,
  body: JSON.stringify({ namespace, value }),
});

const newProfile = (
  { profile, first }: IdentityDocument,
  attributes: Profile['attributes'] = {},
): ProfileDocument | undefined => first && { ...first, _id: profile, attributes: JSON.stringify(attributes) };

export const toProfile = ({ body, attributes }: Pick<ProfileDocument, 'body' | 'attributes'>): Profile => ({
  ...fromJson<Body>(body),
  attributes: fromJson<Profile['attributes']>(attributes),
});
