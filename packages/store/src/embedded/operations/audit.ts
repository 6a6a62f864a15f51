import type { DatabaseSync } from 'node:sqlite';
import { prepare } from '../statement.ts';

export interface AuditRow {
  readonly org: string;
  readonly sandbox: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly body: string;
}
type Operation = (args: never) => unknown;
type ListRow = [seq: number, body: string];

/** `others`: every operation that can be carried out with an entry beside it. */
export function auditOperations(db: DatabaseSync, others: Readonly<Record<string, Operation>>) {
  const insert = prepare(db, 'INSERT INTO audit (org, sandbox, object_type, object_id, body) VALUES (?, ?, ?, ?, ?)');
  const select = (where: string) =>
    prepare<ListRow>(
      db,
      `SELECT seq, body FROM audit WHERE org = ? AND sandbox = ? ${where} AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
  const all = select('');
  const ofType = select('AND object_type = ?');
  const ofId = select('AND object_id = ?');
  const ofObject = select('AND object_type = ? AND object_id = ?');
  const changes = prepare<[number]>(db, 'SELECT total_changes()');

  const append = ({ org, sandbox, objectType, objectId, body }: AuditRow): void => {
    insert.run(org, sandbox, objectType, objectId, body);
  };
  return {
    auditAppend: append,
    /** One transaction for both: what wrote nothing, because it lost a race for example, leaves no entry. */
    audited: ({
      name,
      args,
      row,
    }: {
      readonly name: string;
      readonly args: unknown;
      readonly row: AuditRow;
    }): unknown => {
      const operation = others[name];
      if (operation === undefined) throw new Error(`${name} cannot be audited`);
      const before = changes.get()?.[0];
      const answer = operation(args as never);
      if (changes.get()?.[0] !== before) append(row);
      return answer;
    },
    auditList: ([org, sandbox, objectType, objectId, from, limit]: readonly [
      org: string,
      sandbox: string,
      objectType: string | null,
      objectId: string | null,
      from: number,
      limit: number,
    ]): ListRow[] => {
      if (objectType === null) {
        return objectId === null ? all.all(org, sandbox, from, limit) : ofId.all(org, sandbox, objectId, from, limit);
      }
      if (objectId === null) return ofType.all(org, sandbox, objectType, from, limit);
      return ofObject.all(org, sandbox, objectType, objectId, from, limit);
    },
  };
}
