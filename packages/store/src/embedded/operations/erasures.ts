import type { DatabaseSync } from 'node:sqlite';
import { isErased, type Mark } from '../../erasures.ts';
import { prepare } from '../statement.ts';
import type { IdentityKey } from './profiles.ts';

export type MarksQuestion = readonly [marks: readonly string[], acceptedAt: number];

export interface EraseArgs {
  readonly identity: IdentityKey;
  /** The profile as it was read, without its attributes; null: there was none. */
  readonly seen: string | null;
  /** Its names, as they are compared. */
  readonly names: readonly IdentityKey[];
  readonly marks: readonly (readonly [mark: string, lifted: boolean])[];
  readonly at: number;
  readonly until: number;
  /** By which executions are found. */
  readonly recipients: readonly string[];
  /** Each address as it is compared, the entry that takes its place, and what it is counted by. */
  readonly addresses: readonly (readonly [channel: string, address: string, entry: string, counter: string])[];
}
export interface EraseResult {
  /** As it was deleted. */
  readonly row?: [body: string, attributes: string];
  readonly searchEntries: number;
  readonly counters: number;
  readonly suppressions: number;
}

/** Marks of erasures, for the operations that ask for them. */
export function markOperations(db: DatabaseSync) {
  const tenant = 'org = ? AND sandbox = ?';
  const pair = prepare<[at: number, lifted: number]>(
    db,
    `SELECT at, lifted FROM erasures WHERE ${tenant} AND mark IN (?, ?)`,
  );
  const lift = prepare(db, `UPDATE erasures SET lifted = 1 WHERE ${tenant} AND mark = ? AND lifted = 0`);
  return {
    isErased(org: string, sandbox: string, [marks, acceptedAt]: MarksQuestion): boolean {
      for (let at = 0; at < marks.length; at += 2) {
        const [one = '', other = one] = [marks[at], marks[at + 1]];
        for (const [erasedAt, lifted] of pair.all(org, sandbox, one, other)) {
          const mark: Mark = { at: erasedAt, lifted: lifted === 1 };
          if (isErased(mark, acceptedAt)) return true;
        }
      }
      return false;
    },
    lift: (org: string, sandbox: string, mark: string): void => void lift.run(org, sandbox, mark),
  };
}

export function erasureOperations(db: DatabaseSync) {
  const tenant = 'org = ? AND sandbox = ?';
  const identified = `${tenant} AND namespace = ? AND value = ?`;
  const setMark = prepare(
    db,
    `INSERT INTO erasures (org, sandbox, mark, lifted, at, until) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET lifted = excluded.lifted, at = max(at, excluded.at), until = max(until, excluded.until)`,
  );
  const find = prepare<[id: string, body: string, attributes: string]>(
    db,
    `SELECT p.id, p.body, p.attributes FROM
     (SELECT org, sandbox, profile_id FROM identities WHERE ${identified}) i
     JOIN profiles p ON p.org = i.org AND p.sandbox = i.sandbox AND p.id = i.profile_id`,
  );
  const removeName = prepare(db, `DELETE FROM identities WHERE ${identified} AND profile_id = ?`);
  const removeProfile = prepare(db, `DELETE FROM profiles WHERE ${tenant} AND id = ?`);
  const removeEntries = prepare(db, `DELETE FROM recipients WHERE ${tenant} AND recipient = ?`);
  const removeCounters = prepare(db, `DELETE FROM caps WHERE ${tenant} AND cap_key = ?`);
  const listed = `${tenant} AND channel = ? AND address = ?`;
  const isListed = prepare(db, `SELECT 1 FROM suppressions WHERE ${listed}`);
  const hide = prepare(
    db,
    `UPDATE suppressions SET address = ?1, body = json_set(body, '$.address', ?1)
     WHERE org = ?2 AND sandbox = ?3 AND channel = ?4 AND address = ?5`,
  );
  const removeListed = prepare(db, `DELETE FROM suppressions WHERE ${listed}`);
  const prune = prepare(
    db,
    `DELETE FROM erasures WHERE (org, sandbox, mark) IN
     (SELECT org, sandbox, mark FROM erasures WHERE until < ? ORDER BY until LIMIT ?)`,
  );

  const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
    items.reduce((total, item) => total + of(item), 0);

  return {
    /** `changed`: the profile is another one than was read; nothing was done. */
    profilesErase: (args: EraseArgs): EraseResult | 'changed' => {
      const { identity, seen, names, marks, at, until, recipients, addresses } = args;
      const [org, sandbox] = identity;
      const found = find.get(...identity);
      if ((found?.[1] ?? null) !== seen) return 'changed';
      for (const [mark, lifted] of marks) setMark.run(org, sandbox, mark, lifted ? 1 : 0, at, until);
      if (found !== undefined) {
        for (const name of names) removeName.run(...name, found[0]);
        removeProfile.run(org, sandbox, found[0]);
      }
      return {
        ...(found === undefined ? {} : { row: [found[1], found[2]] }),
        searchEntries: sum(recipients, (recipient) => removeEntries.run(org, sandbox, recipient)),
        counters: sum(addresses, ([, , , counter]) => removeCounters.run(org, sandbox, counter)),
        suppressions: sum(addresses, ([channel, address, entry]) => {
          const hidden = isListed.get(org, sandbox, channel, entry) !== undefined;
          return hidden
            ? removeListed.run(org, sandbox, channel, address)
            : hide.run(entry, org, sandbox, channel, address);
        }),
      };
    },

    /** Returns how many were deleted. */
    erasuresPrune: ({ before, limit }: { readonly before: number; readonly limit: number }) => prune.run(before, limit),
  };
}
