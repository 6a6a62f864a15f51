import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';

/** A prepared statement whose rows are tuples of its columns; the caller says their types. */
export interface Statement<Row> {
  /** Returns how many rows it changed. */
  run(...values: SQLInputValue[]): number;
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
}

export function prepare<Row extends readonly SQLOutputValue[] = []>(db: DatabaseSync, sql: string): Statement<Row> {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return {
    run: (...values) => Number(statement.run(...values).changes),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the statement's text decides its columns
    get: (...values) => statement.get(...values) as Row | undefined,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- likewise
    all: (...values) => statement.all(...values) as unknown as Row[],
  };
}
