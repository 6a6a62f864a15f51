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
  const setAttributes = prepare<ProfileRow>(
    db,
    `UPDATE profiles SET attributes = ? WHERE org = ? AND sandbox = ?
     AND id = (SELECT profile_id FROM identities WHERE ${identified}) RETURNING body, attributes`,
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
    }: {
      readonly identity: IdentityKey;
      readonly profile: NewProfile;
    }): ProfileRow => {
      if (create(identity, profile)) return [profile.body, profile.attributes];
      const [org, sandbox] = identity;
      const row = setAttributes.get(profile.attributes, org, sandbox, ...identity);
      if (row === undefined) throw new Error('an identity without its profile');
      return row;
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
