import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

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
export type ResolvedRow = [created: boolean, profile: ProfileRow] | null;
/** `conflict`: the place of the name that belongs to another profile; nothing was changed. */
type ProfilePutResult = { readonly row: ProfileRow; readonly conflict?: never } | { readonly conflict: number };
type ListedRow = [seq: number, body: string, attributes: string];

export function profileOperations(db: DatabaseSync) {
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

  /** Whoever inserts the identity makes its profile; for everybody else the profile is there already. */
  const create = (identity: IdentityKey, profile: NewProfile): boolean => {
    if (claimIdentity.run(...identity, profile.id) === 0) return false;
    const [org, sandbox] = identity;
    insert.run(org, sandbox, profile.id, profile.dataset, profile.body, profile.attributes);
    return true;
  };

  return {
    /** For each identity: its profile and whether it is the one given, or null when there is none. */
    profilesResolve: (
      requests: readonly (readonly [identity: IdentityKey, profile: NewProfile | null])[],
    ): ResolvedRow[] =>
      requests.map(([identity, profile]) => {
        if (profile !== null && create(identity, profile)) return [true, [profile.body, profile.attributes]];
        const found = find.get(...identity);
        return found === undefined ? null : [false, found];
      }),

    profilesPut: ({
      identity,
      profile,
      names,
    }: {
      readonly identity: IdentityKey;
      readonly profile: NewProfile;
      readonly names: readonly (readonly [key: IdentityKey, json: string])[];
    }): ProfilePutResult => {
      const [org, sandbox] = identity;
      const owner = ownerOf.get(...identity)?.[0];
      const conflict = names.findIndex(([key]) => ![undefined, owner].includes(ownerOf.get(...key)?.[0]));
      if (conflict !== -1) return { conflict };
      if (owner === undefined) create(identity, profile);
      else setAttributes.run(profile.attributes, org, sandbox, owner);
      const id = owner ?? profile.id;
      for (const [key, json] of names) {
        if (claimIdentity.run(...key, id) === 1) addName.run(json, org, sandbox, id);
      }
      const row = find.get(...identity);
      if (row === undefined) throw new Error('an identity without its profile');
      return { row };
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
  };
}
