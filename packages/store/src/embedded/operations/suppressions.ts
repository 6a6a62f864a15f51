import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

/** The address in the form in which it is compared. */
export type AddressKey = readonly [org: string, sandbox: string, channel: string, address: string];

export function suppressionOperations(db: DatabaseSync) {
  const insert = prepare(
    db,
    'INSERT INTO suppressions (org, sandbox, channel, address, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const key = 'org = ? AND sandbox = ? AND channel = ? AND address = ?';
  const remove = prepare(db, `DELETE FROM suppressions WHERE ${key}`);
  const exists = prepare<[number]>(db, `SELECT EXISTS (SELECT 1 FROM suppressions WHERE ${key})`);
  const list = prepare<[seq: number, body: string]>(
    db,
    'SELECT seq, body FROM suppressions WHERE org = ? AND sandbox = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  );
  return {
    suppressionsAdd: ({ address, body }: { readonly address: AddressKey; readonly body: string }): void => {
      insert.run(...address, body);
    },
    suppressionsRemove: (address: AddressKey): boolean => remove.run(...address) === 1,
    /** 1 for each address that is suppressed. */
    suppressionsCheck: (addresses: readonly AddressKey[]): number[] =>
      addresses.map((address) => exists.get(...address)?.[0] ?? 0),
    suppressionsList: (query: readonly [org: string, sandbox: string, before: number, limit: number]) =>
      list.all(...query),
  };
}
