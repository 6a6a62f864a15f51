import type { DatabaseSync } from 'node:sqlite';
import { withoutDevice } from '@herald/contracts';
import { fromJson } from '../../json.ts';
import { mergePatch } from '../../merge-patch.ts';
import { prepare } from '../statement.ts';
import { markOperations, type MarksQuestion } from './erasures.ts';

/** Namespace and value in the form in which they are compared. */
export type IdentityKey = readonly [org: string, sandbox: string, namespace: string, value: string];
export interface NewProfile {
  readonly id: string;
  readonly dataset: string | null;
  /** JSON: everything but the attributes. */
  readonly body: string;
  readonly attributes: string;
}
export type ProfileRow = [body: string, attributes: string];
export type ResolvedRow = [created: boolean, profile: ProfileRow] | 'erased' | null;

interface Names {
  /** Further names: each as it is compared, and as it came. */
  readonly names: readonly (readonly [key: IdentityKey, json: string])[];
  /** The marks of erasures that are over. */
  readonly returning: readonly string[];
}
export interface ProfilePutArgs extends Names {
  readonly identity: IdentityKey;
  readonly profile: NewProfile;
}
export interface ProfileChangeArgs extends Names {
  readonly identity: IdentityKey;
  /** JSON: what changes of the attributes. */
  readonly patch: string;
  /** Devices with it are taken off. */
  readonly endpoint: string | null;
  /** Characters of JSON. */
  readonly limit: number;
}
interface Conflict {
  /** The place of the name that belongs to another profile; nothing was changed. */
  readonly conflict: number;
}
type ProfilePutResult = Conflict | { readonly row: ProfileRow };
type ListedRow = [seq: number, body: string, attributes: string];

export function profileOperations(db: DatabaseSync) {
  const { isErased, lift } = markOperations(db);
  const claimIdentity = prepare(db, 'INSERT INTO identities VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const insert = prepare(
    db,
    'INSERT INTO profiles (org, sandbox, id, dataset, body, attributes) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const identified = 'org = ? AND sandbox = ? AND namespace = ? AND value = ?';
  const find = prepare<ProfileRow>(
    db,
    `SELECT p.body, p.attributes FROM
     (SELECT org, sandbox, profile_id FROM identities WHERE ${identified}) i
     JOIN profiles p ON p.org = i.org AND p.sandbox = i.sandbox AND p.id = i.profile_id`,
  );
  const ownerOf = prepare<[profileId: string]>(db, `SELECT profile_id FROM identities WHERE ${identified}`);
  const setAttributes = prepare(db, 'UPDATE profiles SET attributes = ? WHERE org = ? AND sandbox = ? AND id = ?');
  const addName = prepare(
    db,
    "UPDATE profiles SET body = json_insert(body, '$.identities[#]', json(?)) WHERE org = ? AND sandbox = ? AND id = ?",
  );
  const list = prepare<ListedRow>(
    db,
    'SELECT seq, body, attributes FROM profiles WHERE org = ? AND sandbox = ? AND seq > ? ORDER BY seq LIMIT ?',
  );
  const listDataset = prepare<ListedRow>(
    db,
    `SELECT seq, body, attributes FROM profiles
     WHERE org = ? AND sandbox = ? AND dataset = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const counts = prepare<[dataset: string, profiles: number]>(
    db,
    'SELECT dataset, profiles FROM profile_counts WHERE org = ? AND sandbox = ?',
  );

  /** Whoever inserts the identity makes its profile; for everybody else the profile is there already. */
  const create = (identity: IdentityKey, profile: NewProfile): boolean => {
    if (claimIdentity.run(...identity, profile.id) === 0) return false;
    const [org, sandbox] = identity;
    insert.run(org, sandbox, profile.id, profile.dataset, profile.body, profile.attributes);
    return true;
  };

  const resolve = (identity: IdentityKey, profile: NewProfile | null, question: MarksQuestion | null): ResolvedRow => {
    const found = find.get(...identity);
    if (found !== undefined) return [false, found];
    const [org, sandbox] = identity;
    if (question !== null && isErased(org, sandbox, question)) return 'erased';
    if (profile === null) return null;
    create(identity, profile);
    return [true, [profile.body, profile.attributes]];
  };

  /** The place of the first name that somebody else has; -1 when all are free or this profile's. */
  const takenOf = (names: Names['names'], owner: string | undefined): number =>
    names.findIndex(([key]) => ![undefined, owner].includes(ownerOf.get(...key)?.[0]));

  const finish = (identity: IdentityKey, id: string, { names, returning }: Names): { readonly row: ProfileRow } => {
    const [org, sandbox] = identity;
    for (const [key, json] of names) {
      if (claimIdentity.run(...key, id) === 1) addName.run(json, org, sandbox, id);
    }
    for (const mark of returning) lift(org, sandbox, mark);
    const row = find.get(...identity);
    if (row === undefined) throw new Error('an identity without its profile');
    return { row };
  };

  const put = (args: ProfilePutArgs): ProfilePutResult => {
    const { identity, profile, names } = args;
    const [org, sandbox] = identity;
    const owner = ownerOf.get(...identity)?.[0];
    const conflict = takenOf(names, owner);
    if (conflict !== -1) return { conflict };
    if (owner === undefined) create(identity, profile);
    else setAttributes.run(profile.attributes, org, sandbox, owner);
    return finish(identity, owner ?? profile.id, args);
  };

  return {
    /** For each identity: its profile and whether it is the one given, or why there is none. */
    profilesResolve: (requests: readonly Parameters<typeof resolve>[]): ResolvedRow[] =>
      requests.map((request) => resolve(...request)),

    /** 1 for each identity that has a profile. */
    profilesKnown: (identities: readonly IdentityKey[]): number[] =>
      identities.map((identity) => (ownerOf.get(...identity) === undefined ? 0 : 1)),

    profilesPut: (requests: readonly ProfilePutArgs[]): ProfilePutResult[] => requests.map(put),

    profilesChange: (args: ProfileChangeArgs): ProfilePutResult | 'missing' | 'too-large' => {
      const { identity, patch, endpoint, names, limit } = args;
      const [org, sandbox] = identity;
      const owner = ownerOf.get(...identity)?.[0];
      const before = find.get(...identity)?.[1];
      if (owner === undefined || before === undefined) return 'missing';
      const conflict = takenOf(names, owner);
      if (conflict !== -1) return { conflict };
      const patched = mergePatch(fromJson(before), fromJson(patch));
      const after = JSON.stringify(endpoint === null ? patched : withoutDevice(patched, endpoint));
      if (after.length > limit) return 'too-large';
      setAttributes.run(after, org, sandbox, owner);
      return finish(identity, owner, args);
    },

    profilesFind: (identity: IdentityKey) => find.get(...identity),

    profilesList: (query: {
      readonly org: string;
      readonly sandbox: string;
      readonly dataset?: string;
      readonly after: number;
      readonly limit: number;
    }): ListedRow[] => {
      const { org, sandbox, dataset, after, limit } = query;
      return dataset === undefined
        ? list.all(org, sandbox, after, limit)
        : listDataset.all(org, sandbox, dataset, after, limit);
    },

    /** Profiles by dataset; '' stands for none. */
    profilesCount: (tenant: readonly [org: string, sandbox: string]) => counts.all(...tenant),
  };
}
