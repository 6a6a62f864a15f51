import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';
import { markOperations, type MarksQuestion } from './erasures.ts';

/** The address in the form in which it is compared. */
export type AddressKey = readonly [org: string, sandbox: string, channel: string, address: string];
export interface SuppressionRow {
  readonly address: AddressKey;
  readonly body: string;
}
/** Every entry that would be in the way, and the marks of an erasure that would be. */
export type CheckRow = readonly [
  org: string,
  sandbox: string,
  channel: string,
  entries: readonly string[],
  erasure: MarksQuestion | null,
];
/** The first of the entries that is on the list; true: erased; null: nothing. */
export type CheckedRow = string | true | null;

/** How many entries one statement asks for: an email address has no more. */
const AT_ONCE = 3;

export function suppressionOperations(db: DatabaseSync) {
  const { isErased } = markOperations(db);
  const insert = prepare(
    db,
    'INSERT INTO suppressions (org, sandbox, channel, address, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const owned = 'org = ? AND sandbox = ? AND channel = ?';
  const one = prepare<[body: string]>(db, `SELECT body FROM suppressions WHERE ${owned} AND address = ?`);
  const remove = prepare(db, `DELETE FROM suppressions WHERE ${owned} AND address = ?`);
  const among = prepare<[address: string]>(
    db,
    `SELECT address FROM suppressions WHERE ${owned} AND address IN (?, ?, ?)`,
  );
  const select = (where: string) =>
    prepare<[seq: number, body: string]>(
      db,
      `SELECT seq, body FROM suppressions WHERE org = ? AND sandbox = ? ${where} AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
  const all = select('');
  const ofKind = select('AND channel = ? AND kind = ?');

  const check = ([org, sandbox, channel, entries, erasure]: CheckRow): CheckedRow => {
    if (erasure !== null && isErased(org, sandbox, erasure)) return true;
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      const [first = '', second = first, third = first] = entries.slice(at, at + AT_ONCE);
      const found = among.all(org, sandbox, channel, first, second, third);
      if (found.length > 0)
        return [first, second, third].find((entry) => found.some(([there]) => there === entry)) ?? first;
    }
    return null;
  };

  return {
    suppressionsAdd: (rows: readonly SuppressionRow[]): void => {
      for (const { address, body } of rows) insert.run(...address, body);
    },
    suppressionsGet: (address: AddressKey): string | undefined => one.get(...address)?.[0],
    suppressionsRemove: (address: AddressKey): boolean => remove.run(...address) === 1,
    suppressionsCheck: (rows: readonly CheckRow[]): CheckedRow[] => rows.map(check),
    suppressionsList: ([org, sandbox, of, before, limit]: readonly [
      org: string,
      sandbox: string,
      of: readonly [channel: string, kind: string] | null,
      before: number,
      limit: number,
    ]) => (of === null ? all.all(org, sandbox, before, limit) : ofKind.all(org, sandbox, ...of, before, limit)),
  };
}
